import {
  to = chat_rocketchat_message.question
  identity = {
    room_id    = "zRAeTszXor8CCPceB"
    message_id = "SgrsSm3HNGrG5xTmk"
  }
}
