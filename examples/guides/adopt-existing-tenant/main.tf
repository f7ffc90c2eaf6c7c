terraform {
  required_version = ">= 1.11"

  required_providers {
    chat = {
      source = "chattenant/chat"
    }
  }
}

provider "chat" {
  ethora = {}
}

variable "app_id" {
  description = "Id of the app to adopt."
  type        = string
}
