import {
  to = chat_ethora_user.ann
  identity = {
    app_id  = "6650aa00000000000000ba5e"
    user_id = "ann"
  }
}
