import {
  to = chat_rocketchat_room.question
  id = "zRAeTszXor8CCPceB"
}
