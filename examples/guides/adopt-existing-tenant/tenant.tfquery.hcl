list "chat_ethora_app" "all" {
  provider = chat
}

list "chat_ethora_room" "all" {
  provider = chat
  limit    = 1000

  config {
    app_id = "6650aa00000000000000ba5e"
  }
}

list "chat_ethora_user" "all" {
  provider = chat
  limit    = 1000

  config {
    app_id = "6650aa00000000000000ba5e"
  }
}

list "chat_ethora_room_access" "all" {
  provider = chat
  limit    = 1000

  config {
    app_id = "6650aa00000000000000ba5e"
  }
}
