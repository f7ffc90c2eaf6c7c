locals {
  leads = {
    quinn = "Hart"
    rosa  = "Vega"
  }
}

resource "chat_ethora_user" "lead" {
  for_each = local.leads

  user_id    = each.key
  email      = "${each.key}@example.com"
  first_name = title(each.key)
  last_name  = each.value
}

resource "chat_ethora_room" "leads" {
  room_id = "leads"
  title   = "Team leads"
}

# These users and nobody else; support staff may come and go.
resource "chat_ethora_room_members" "leads" {
  room_id         = chat_ethora_room.leads.room_id
  user_ids        = [for lead in chat_ethora_user.lead : lead.user_id]
  ignore_user_ids = ["oncall"]
}
