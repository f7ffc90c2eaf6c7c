resource "chat_tegrabox_user" "ann" {
  username         = "ann"
  external_user_id = "crm-1"
  display_name     = "Ann Lee"
}

resource "chat_tegrabox_room" "general" {
  name       = "General"
  created_by = chat_tegrabox_user.ann.id
}

data "chat_tegrabox_messages" "general" {
  room_id = chat_tegrabox_room.general.id
  limit   = 50
}

output "messages" {
  value = [for message in data.chat_tegrabox_messages.general.messages : "${message.username}: ${message.content}"]
}
