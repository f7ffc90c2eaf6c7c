import {
  to = chat_rocketchat_visitor.ann
  id = "6650bb00000000000000cafe"
}
