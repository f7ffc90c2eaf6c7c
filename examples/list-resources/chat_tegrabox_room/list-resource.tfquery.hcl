# The first 50 rooms of the project.
list "chat_tegrabox_room" "first" {
  provider = chat
  limit    = 50
}
