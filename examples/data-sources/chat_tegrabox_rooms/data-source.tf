resource "chat_tegrabox_user" "ann" {
  username         = "ann"
  external_user_id = "crm-1"
  display_name     = "Ann Lee"
}

resource "chat_tegrabox_room" "general" {
  name       = "General"
  created_by = chat_tegrabox_user.ann.id
}

# The rooms that Ann has created; without an argument it is all rooms.
data "chat_tegrabox_rooms" "of_ann" {
  created_by = chat_tegrabox_user.ann.id
  depends_on = [chat_tegrabox_room.general]
}

output "rooms_of_ann" {
  value = data.chat_tegrabox_rooms.of_ann.rooms[*].name
}
