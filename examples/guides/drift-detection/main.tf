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

variable "ann_password" {
  description = "Sent when Ann is created, and never again."
  type        = string
  sensitive   = true
  ephemeral   = true
}

resource "chat_ethora_app" "acme" {
  display_name = "Acme Support"
}

resource "chat_ethora_user" "ann" {
  app_id              = chat_ethora_app.acme.id
  user_id             = "ann"
  email               = "ann@example.com"
  first_name          = "Ann"
  last_name           = "Lee"
  password_wo         = var.ann_password
  password_wo_version = 1
}

resource "chat_ethora_room" "support" {
  app_id  = chat_ethora_app.acme.id
  room_id = "support"
  title   = "Support"
}

resource "chat_ethora_room_members" "support" {
  app_id   = chat_ethora_app.acme.id
  room_id  = chat_ethora_room.support.room_id
  user_ids = [chat_ethora_user.ann.user_id]
}
