resource "chat_ethora_room" "support" {
  room_id = "support"
  title   = "Support"
}

# Usually the room was made elsewhere, and only its id is known here.
data "chat_ethora_room" "support" {
  room_id = chat_ethora_room.support.room_id
}

output "support_address" {
  value = data.chat_ethora_room.support.jid
}
