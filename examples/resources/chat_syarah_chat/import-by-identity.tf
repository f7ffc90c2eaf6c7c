import {
  to = chat_syarah_chat.support
  identity = {
    id = "101"
  }
}
