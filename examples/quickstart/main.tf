# A whole Ethora tenant: one app, its users, its rooms, and who may enter which
# room. Everything that differs between environments is in the locals below.

terraform {
  required_version = ">= 1.11"

  required_providers {
    chat = {
      source = "chattenant/chat"
    }
  }
}

# ETHORA_CHAT_API_URL, ETHORA_CHAT_APP_ID and ETHORA_CHAT_APP_SECRET say which
# server this is, and as which app the provider signs in.
provider "chat" {
  ethora = {}
}

variable "initial_password" {
  description = "First password of every user. It is sent once and never stored."
  type        = string
  sensitive   = true
  ephemeral   = true
}

locals {
  # A map, not a set: Terraform walks large maps much faster.
  users = {
    ann   = { first_name = "Ann", last_name = "Lee", team = "support" }
    ben   = { first_name = "Ben", last_name = "Kim", team = "support" }
    cara  = { first_name = "Cara", last_name = "Diaz", team = "support" }
    dev   = { first_name = "Dev", last_name = "Rao", team = "support" }
    ella  = { first_name = "Ella", last_name = "Moss", team = "sales" }
    finn  = { first_name = "Finn", last_name = "Berg", team = "sales" }
    gita  = { first_name = "Gita", last_name = "Nair", team = "sales" }
    hugo  = { first_name = "Hugo", last_name = "Blanc", team = "sales" }
    ines  = { first_name = "Ines", last_name = "Costa", team = "product" }
    jack  = { first_name = "Jack", last_name = "Owen", team = "product" }
    kaya  = { first_name = "Kaya", last_name = "Demir", team = "product" }
    liam  = { first_name = "Liam", last_name = "Byrne", team = "product" }
    mona  = { first_name = "Mona", last_name = "Adel", team = "operations" }
    nils  = { first_name = "Nils", last_name = "Holm", team = "operations" }
    olga  = { first_name = "Olga", last_name = "Petrova", team = "operations" }
    paul  = { first_name = "Paul", last_name = "Weber", team = "operations" }
    quinn = { first_name = "Quinn", last_name = "Hart", team = "leads" }
    rosa  = { first_name = "Rosa", last_name = "Vega", team = "leads" }
    sam   = { first_name = "Sam", last_name = "Okoro", team = "leads" }
    tara  = { first_name = "Tara", last_name = "Singh", team = "leads" }
  }

  rooms = {
    support    = { title = "Support", type = "public" }
    sales      = { title = "Sales", type = "group" }
    product    = { title = "Product", type = "group" }
    operations = { title = "Operations", type = "group" }
    leads      = { title = "Team leads", type = "group" }
  }
}

resource "chat_ethora_app" "acme" {
  display_name  = "Acme Support"
  tagline       = "We answer"
  primary_color = "#1F6FEB"
}

resource "chat_ethora_user" "team" {
  for_each = local.users

  app_id              = chat_ethora_app.acme.id
  user_id             = each.key
  email               = "${each.key}@example.com"
  first_name          = each.value.first_name
  last_name           = each.value.last_name
  password_wo         = var.initial_password
  password_wo_version = 1
}

resource "chat_ethora_room" "team" {
  for_each = local.rooms

  app_id  = chat_ethora_app.acme.id
  room_id = each.key
  title   = each.value.title
  type    = each.value.type
}

# Every user may enter the team's room.
resource "chat_ethora_room_access" "team" {
  for_each = local.users

  app_id  = chat_ethora_app.acme.id
  room_id = chat_ethora_room.team[each.value.team].room_id
  user_id = chat_ethora_user.team[each.key].user_id
}

data "chat_ethora_user_chats" "ann" {
  app_id          = chat_ethora_app.acme.id
  user_id         = chat_ethora_user.team["ann"].user_id
  include_members = true
  depends_on      = [chat_ethora_room_access.team]
}

output "app_id" {
  description = "Id of the new app."
  value       = chat_ethora_app.acme.id
}

output "rooms_of_ann" {
  description = "Addresses of the rooms Ann may enter."
  value       = data.chat_ethora_user_chats.ann.chats[*].jid
}
