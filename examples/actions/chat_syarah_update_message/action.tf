resource "chat_syarah_chat" "support" {
  user2_id = "6fa459ea-ee8a-4ca4-894e-db77e160355e"
}

# terraform apply -invoke=action.chat_syarah_update_message.hours
action "chat_syarah_update_message" "hours" {
  config {
    chat_header_id = chat_syarah_chat.support.chat_header_id
    message_id     = 1001
    message        = "We answer from 8 to 18 o'clock."
  }
}
