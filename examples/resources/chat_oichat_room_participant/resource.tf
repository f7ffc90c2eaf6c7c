# The room begins with two and leaves later changes to others.
resource "chat_oichat_room" "on_call" {
  type                 = "group"
  name                 = "On call"
  initial_participants = ["ann", "ben"]
}

resource "chat_oichat_room_participant" "cara" {
  room_id = chat_oichat_room.on_call.room_id
  user_id = "cara"
}
