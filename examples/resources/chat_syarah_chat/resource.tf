# The chat of two users. One of the two should be the user of the provider.
resource "chat_syarah_chat" "support" {
  user1_id = "550e8400-e29b-41d4-a716-446655440000"
  user2_id = "6fa459ea-ee8a-4ca4-894e-db77e160355e"
}
