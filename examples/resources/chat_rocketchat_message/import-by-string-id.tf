import {
  to = chat_rocketchat_message.question
  id = "zRAeTszXor8CCPceB/SgrsSm3HNGrG5xTmk"
}
