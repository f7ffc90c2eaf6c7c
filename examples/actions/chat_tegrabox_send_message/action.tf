resource "chat_tegrabox_user" "ann" {
  username         = "ann"
  external_user_id = "crm-1"
  display_name     = "Ann Lee"
}

resource "chat_tegrabox_room" "general" {
  name       = "General"
  created_by = chat_tegrabox_user.ann.id

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.chat_tegrabox_send_message.welcome]
    }
  }
}

# The first message of every new room. "terraform apply
# -invoke=action.chat_tegrabox_send_message.welcome" sends it once more.
action "chat_tegrabox_send_message" "welcome" {
  config {
    room_id = chat_tegrabox_room.general.id
    user_id = chat_tegrabox_user.ann.id
    content = "Ann answers here."
  }
}
