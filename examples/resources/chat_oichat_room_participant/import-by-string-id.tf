import {
  to = chat_oichat_room_participant.cara
  id = "room-abc/cara"
}
