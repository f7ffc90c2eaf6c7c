import {
  to = chat_tegrabox_user.ann
  id = "0198c3c2-5d6e-7000-8000-0000000000a1"
}
