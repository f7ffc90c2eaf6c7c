resource "chat_syarah_chat" "support" {
  user2_id = "6fa459ea-ee8a-4ca4-894e-db77e160355e"
}

data "chat_syarah_chats" "mine" {
  depends_on = [chat_syarah_chat.support]
}

output "friends_with_a_chat" {
  value = [
    for chat in data.chat_syarah_chats.mine.chats : chat.user_name
    if chat.friendship_status == "accepted"
  ]
}
