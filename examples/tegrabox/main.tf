# A small TegraBox project: its users, and rooms that a user of their own has
# created, so that no room depends on a person.

terraform {
  required_version = ">= 1.8"

  required_providers {
    chat = {
      source = "chattenant/chat"
    }
  }
}

# TEGRABOX_API_KEY says which project this is.
provider "chat" {
  tegrabox = {}
}

locals {
  users = {
    ann  = { id = "crm-1", name = "Ann Lee" }
    ben  = { id = "crm-2", name = "Ben Kim" }
    cara = { id = "crm-3", name = "Cara Diaz" }
  }

  rooms = ["General", "Support"]
}

resource "chat_tegrabox_user" "team" {
  for_each = local.users

  username         = each.key
  external_user_id = each.value.id
  display_name     = each.value.name
  email            = "${each.key}@example.com"
}

resource "chat_tegrabox_user" "rooms" {
  username         = "rooms"
  external_user_id = "terraform"
  display_name     = "Rooms"
}

# TegraBox can't delete rooms yet: after terraform destroy they are still there.
resource "chat_tegrabox_room" "team" {
  for_each = toset(local.rooms)

  name       = each.key
  created_by = chat_tegrabox_user.rooms.id
  on_destroy = "abandon"
}

data "chat_tegrabox_users" "all" {
  depends_on = [chat_tegrabox_user.team, chat_tegrabox_user.rooms]
}

output "users" {
  description = "Names of everybody in the project."
  value       = data.chat_tegrabox_users.all.users[*].display_name
}
