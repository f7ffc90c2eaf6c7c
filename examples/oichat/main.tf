# A small OiChat project: a room whose participants are these and no others, and
# one that people enter and leave.

terraform {
  required_version = ">= 1.8"

  required_providers {
    chat = {
      source = "chattenant/chat"
    }
  }
}

# OICHAT_API_KEY, OICHAT_SECRET_KEY and OICHAT_PROJECT_ID say which project this
# is.
provider "chat" {
  oichat = {}
}

locals {
  # User ids are your application's own: OiChat keeps no list of users.
  agents  = ["ann", "ben", "cara"]
  on_call = ["dev", "ella"]
}

# Terraform keeps these three in the room, and everybody else out.
resource "chat_oichat_room" "support" {
  type         = "group"
  name         = "Support"
  participants = local.agents
  metadata     = jsonencode({ queue = "support", priority = 1 })
}

# The room begins with two. Who else is in it is left to the application, but
# for those on call.
resource "chat_oichat_room" "on_call" {
  type                 = "group"
  name                 = "On call"
  initial_participants = ["ann", "ben"]
}

resource "chat_oichat_room_participant" "on_call" {
  for_each = toset(local.on_call)

  room_id = chat_oichat_room.on_call.room_id
  user_id = each.key
}

data "chat_oichat_rooms" "ann" {
  user_id    = "ann"
  depends_on = [chat_oichat_room.support, chat_oichat_room.on_call]
}

output "rooms_of_ann" {
  description = "Names of the rooms that Ann is in."
  value       = sort(data.chat_oichat_rooms.ann.rooms[*].name)
}
