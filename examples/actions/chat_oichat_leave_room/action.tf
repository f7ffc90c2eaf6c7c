# The room does not list its participants, so that nobody puts Bob back.
resource "chat_oichat_room" "support" {
  type                 = "group"
  name                 = "Support"
  initial_participants = ["ann", "bob"]
}

# Bob leaves the company, and this room with it.
resource "terraform_data" "bob_has_left" {
  input = "2026-12-31"

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.chat_oichat_leave_room.bob]
    }
  }
}

action "chat_oichat_leave_room" "bob" {
  config {
    room_id = chat_oichat_room.support.room_id
    user_id = "bob"
  }
}
