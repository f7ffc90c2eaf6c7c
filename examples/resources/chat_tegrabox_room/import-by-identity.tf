import {
  to = chat_tegrabox_room.general
  identity = {
    id = "0198c3c2-5d6e-7000-8000-0000000000b2"
  }
}
