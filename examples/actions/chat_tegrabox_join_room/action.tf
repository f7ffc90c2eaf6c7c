resource "chat_tegrabox_user" "ann" {
  username         = "ann"
  external_user_id = "crm-1"
  display_name     = "Ann Lee"
}

resource "chat_tegrabox_user" "ben" {
  username         = "ben"
  external_user_id = "crm-2"
  display_name     = "Ben Kim"
}

resource "chat_tegrabox_room" "general" {
  name       = "General"
  created_by = chat_tegrabox_user.ann.id

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.chat_tegrabox_join_room.ben]
    }
  }
}

# Ann has created the room and is in it; Ben joins every new one.
action "chat_tegrabox_join_room" "ben" {
  config {
    room_id = chat_tegrabox_room.general.id
    user_id = chat_tegrabox_user.ben.id
  }
}
