import {
  to = chat_ethora_user.ann
  id = "6650aa00000000000000ba5e/ann"
}
