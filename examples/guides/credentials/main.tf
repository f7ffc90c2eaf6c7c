terraform {
  required_providers {
    chat = {
      source = "chattenant/chat"
    }
  }
}

variable "ethora_app_secret" {
  type      = string
  sensitive = true
  ephemeral = true
}

provider "chat" {
  ethora = {
    api_url    = "https://api.chat.example.com"
    app_id     = "6650aa00000000000000ba5e"
    app_secret = var.ethora_app_secret
  }
}
