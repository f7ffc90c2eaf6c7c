terraform {
  required_providers {
    chat = {
      source = "chattenant/chat"
    }
  }
}

variable "partner" {
  description = "Credentials of the partner's app."
  type = object({
    api_url    = string
    app_id     = string
    app_secret = string
  })
  sensitive = true
}

# Our own tenant, from the environment.
provider "chat" {
  ethora = {}
}

provider "chat" {
  alias  = "partner"
  ethora = var.partner
}

resource "chat_ethora_room" "support" {
  room_id = "support"
  title   = "Support"
}

resource "chat_ethora_room" "partner_support" {
  provider = chat.partner

  room_id = "support"
  title   = "Support"
}
