# "6650aa00000000000000ba5e_support@conference.xmpp.chat.ethora.com", on Ethora's cloud
output "room_jid" {
  value = provider::chat::ethora_room_jid("6650aa00000000000000ba5e", "support")
}

# "6650aa00000000000000ba5e_support@conference.xmpp.example.com", on a server of your own
output "own_room_jid" {
  value = provider::chat::ethora_room_jid("6650aa00000000000000ba5e", "support", "xmpp.example.com")
}
