locals {
  team = {
    ann = { email = "ann@example.com", first_name = "Ann", last_name = "Lee" }
    ben = { email = "ben@example.com", first_name = "Ben", last_name = "Kim" }
  }
}

resource "chat_ethora_app" "acme" {
  display_name = "Acme Support"
  tagline      = "We answer"
}

resource "chat_ethora_room" "support" {
  app_id  = chat_ethora_app.acme.id
  room_id = "support"
  title   = "Support"
  type    = "public"
}

resource "chat_ethora_user" "team" {
  for_each = local.team

  app_id     = chat_ethora_app.acme.id
  user_id    = each.key
  email      = each.value.email
  first_name = each.value.first_name
  last_name  = each.value.last_name
}

resource "chat_ethora_room_members" "support" {
  app_id   = chat_ethora_app.acme.id
  room_id  = chat_ethora_room.support.room_id
  user_ids = [for user in chat_ethora_user.team : user.user_id]
}
