resource "chat_syarah_chat" "support" {
  user2_id = "6fa459ea-ee8a-4ca4-894e-db77e160355e"
}

# terraform apply -invoke=action.chat_syarah_delete_messages.outdated
action "chat_syarah_delete_messages" "outdated" {
  config {
    chat_header_id = chat_syarah_chat.support.chat_header_id
    message_ids    = [1001, 1002]
  }
}
