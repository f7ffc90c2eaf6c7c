resource "chat_tegrabox_user" "ann" {
  username         = "ann"
  external_user_id = "crm-1"
  display_name     = "Ann Lee"
}

resource "chat_tegrabox_room" "general" {
  name       = "General"
  created_by = chat_tegrabox_user.ann.id
}

data "chat_tegrabox_room" "general" {
  id = chat_tegrabox_room.general.id
}

output "created_by_ann" {
  value = data.chat_tegrabox_room.general.created_by == chat_tegrabox_user.ann.id
}
