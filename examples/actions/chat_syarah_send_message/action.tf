resource "chat_syarah_file" "rules" {
  source       = "${path.module}/house-rules.txt"
  message_type = "file"
}

resource "chat_syarah_chat" "support" {
  user2_id = "6fa459ea-ee8a-4ca4-894e-db77e160355e"

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.chat_syarah_send_message.welcome, action.chat_syarah_send_message.rules]
    }
  }
}

action "chat_syarah_send_message" "welcome" {
  config {
    chat_header_id = chat_syarah_chat.support.chat_header_id
    message        = "Welcome"
  }
}

action "chat_syarah_send_message" "rules" {
  config {
    chat_header_id = chat_syarah_chat.support.chat_header_id
    message_type   = "file"
    message        = chat_syarah_file.rules.path
    caption        = "House rules"
  }
}
