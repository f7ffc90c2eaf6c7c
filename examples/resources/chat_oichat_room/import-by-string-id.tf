import {
  to = chat_oichat_room.support
  id = "room-abc"
}
