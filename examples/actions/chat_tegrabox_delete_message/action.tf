resource "chat_tegrabox_user" "ann" {
  username         = "ann"
  external_user_id = "crm-1"
  display_name     = "Ann Lee"
}

resource "chat_tegrabox_room" "general" {
  name       = "General"
  created_by = chat_tegrabox_user.ann.id
}

# Today TegraBox answers that it does not delete messages yet. When it does:
# terraform apply -invoke=action.chat_tegrabox_delete_message.slip
action "chat_tegrabox_delete_message" "slip" {
  config {
    room_id    = chat_tegrabox_room.general.id
    message_id = "0198c3c2-5d6e-7000-8000-0000000000c3"
  }
}
