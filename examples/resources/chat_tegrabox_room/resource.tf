# A user of their own creates the rooms: a room can't change its creator, and is
# replaced when its creator is.
resource "chat_tegrabox_user" "rooms" {
  username         = "rooms"
  external_user_id = "terraform"
}

resource "chat_tegrabox_room" "general" {
  name       = "General"
  created_by = chat_tegrabox_user.rooms.id
  on_destroy = "abandon"
}
