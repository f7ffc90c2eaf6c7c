import {
  to = chat_ethora_room_access.ann_support
  id = "6650aa00000000000000ba5e/support/ann"
}
