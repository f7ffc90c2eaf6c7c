import {
  to = chat_ethora_room.support
  id = "6650aa00000000000000ba5e/support"
}
