resource "chat_syarah_chat" "support" {
  user2_id = "6fa459ea-ee8a-4ca4-894e-db77e160355e"
}

data "chat_syarah_messages" "support" {
  chat_header_id = chat_syarah_chat.support.chat_header_id
  limit          = 50
}

output "texts" {
  value = [
    for message in data.chat_syarah_messages.support.messages : message.message
    if message.message_type == "text"
  ]
}
