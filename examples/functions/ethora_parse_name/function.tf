locals {
  address = "6650aa00000000000000ba5e_support@conference.xmpp.chat.ethora.com"
}

# { app_id = "6650aa00000000000000ba5e", id = "support", host = "xmpp.chat.ethora.com", room = true }
output "parts" {
  value = provider::chat::ethora_parse_name(local.address)
}

# A name without @host does not tell whether it is a room's or a user's: room
# and host are null.
output "user_id" {
  value = provider::chat::ethora_parse_name("6650aa00000000000000ba5e_ann").id
}
