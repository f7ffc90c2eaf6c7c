import {
  to = chat_rocketchat_room.question
  identity = {
    id = "zRAeTszXor8CCPceB"
  }
}
