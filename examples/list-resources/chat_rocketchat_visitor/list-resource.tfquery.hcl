# Everybody who has an open room.
list "chat_rocketchat_visitor" "all" {
  provider = chat
}
