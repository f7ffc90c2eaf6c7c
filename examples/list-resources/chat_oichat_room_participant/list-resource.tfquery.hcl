# Who is in one room.
list "chat_oichat_room_participant" "on_call" {
  provider = chat

  config {
    room_id = "room-abc"
  }
}
