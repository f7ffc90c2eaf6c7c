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
      actions = [action.chat_tegrabox_leave_room.ann]
    }
  }
}

# Who creates a room is in it. Ann leaves it again.
action "chat_tegrabox_leave_room" "ann" {
  config {
    room_id = chat_tegrabox_room.general.id
    user_id = chat_tegrabox_user.ann.id
  }
}
