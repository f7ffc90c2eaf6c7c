import {
  to = chat_oichat_room.support
  identity = {
    room_id = "room-abc"
  }
}
