resource "chat_oichat_room" "support" {
  type                 = "group"
  name                 = "Support"
  initial_participants = ["ann", "ben"]
}

resource "chat_oichat_room_participant" "bob" {
  room_id = chat_oichat_room.support.room_id
  user_id = "bob"
}

data "chat_oichat_room" "support" {
  room_id    = chat_oichat_room.support.room_id
  depends_on = [chat_oichat_room_participant.bob]
}

output "bob_is_in" {
  value = contains(data.chat_oichat_room.support.participants, "bob")
}
