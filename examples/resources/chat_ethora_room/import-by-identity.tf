import {
  to = chat_ethora_room.support
  identity = {
    app_id  = "6650aa00000000000000ba5e"
    room_id = "support"
  }
}
