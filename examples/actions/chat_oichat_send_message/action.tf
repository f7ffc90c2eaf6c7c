resource "chat_oichat_room" "support" {
  type                 = "group"
  name                 = "Support"
  initial_participants = ["ann", "bob"]

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.chat_oichat_send_message.welcome]
    }
  }
}

# The first message of every new room. "terraform apply
# -invoke=action.chat_oichat_send_message.welcome" sends it once more.
action "chat_oichat_send_message" "welcome" {
  config {
    room_id      = chat_oichat_room.support.room_id
    content      = "Ann and Bob answer here."
    content_type = "system"
  }
}
