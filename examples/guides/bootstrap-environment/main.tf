terraform {
  required_version = ">= 1.11"

  required_providers {
    chat = {
      source = "chattenant/chat"
    }
  }
}

# The credentials of the environment come from ETHORA_CHAT_API_URL,
# ETHORA_CHAT_APP_ID and ETHORA_CHAT_APP_SECRET.
provider "chat" {
  ethora = {}
}

locals {
  # One entry for each person in each room: "support/ann".
  access = merge([
    for person, details in var.people : {
      for room in details.rooms : "${room}/${person}" => { room = room, person = person }
    }
  ]...)
}

resource "chat_ethora_app" "tenant" {
  display_name  = "Acme (${var.environment})"
  primary_color = "#1F6FEB"
}

resource "chat_ethora_room" "tenant" {
  for_each = var.rooms

  app_id  = chat_ethora_app.tenant.id
  room_id = each.key
  title   = each.value.title
  type    = each.value.type
}

resource "chat_ethora_user" "tenant" {
  for_each = var.people

  app_id              = chat_ethora_app.tenant.id
  user_id             = each.key
  email               = each.value.email
  first_name          = each.value.first_name
  last_name           = each.value.last_name
  password_wo         = var.initial_password
  password_wo_version = 1
}

resource "chat_ethora_room_access" "tenant" {
  for_each = local.access

  app_id  = chat_ethora_app.tenant.id
  room_id = chat_ethora_room.tenant[each.value.room].room_id
  user_id = chat_ethora_user.tenant[each.value.person].user_id
}

output "app_id" {
  description = "Id of the environment's app."
  value       = chat_ethora_app.tenant.id
}

output "room_addresses" {
  description = "Address of each room, for the chat clients."
  value       = { for id, room in chat_ethora_room.tenant : id => room.jid }
}
