resource "chat_syarah_chat" "support" {
  user2_id = "6fa459ea-ee8a-4ca4-894e-db77e160355e"
}

data "chat_syarah_friendships" "mine" {
  depends_on = [chat_syarah_chat.support]
}

output "friends_without_a_chat" {
  value = [
    for friendship in data.chat_syarah_friendships.mine.friendships : friendship.name
    if friendship.chat_header_id == null
  ]
}
