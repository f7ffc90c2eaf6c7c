# The first 50 rooms of the provider's own app.
list "chat_ethora_room" "first" {
  provider = chat
  limit    = 50
}
