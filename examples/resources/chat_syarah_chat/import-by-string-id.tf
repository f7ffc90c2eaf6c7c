import {
  to = chat_syarah_chat.support
  id = "101"
}
