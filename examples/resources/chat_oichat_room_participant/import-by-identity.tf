import {
  to = chat_oichat_room_participant.cara
  identity = {
    room_id = "room-abc"
    user_id = "cara"
  }
}
