# Who may enter one room.
list "chat_ethora_room_access" "support" {
  provider = chat

  config {
    room_id = "support"
  }
}

# Which rooms one user may enter.
list "chat_ethora_room_access" "ann" {
  provider = chat

  config {
    user_id = "ann"
  }
}
