# What the visitor has written in one room.
list "chat_rocketchat_message" "question" {
  provider = chat

  config {
    room_id = "zRAeTszXor8CCPceB"
  }
}
