resource "chat_ethora_user" "ann" {
  user_id    = "ann"
  email      = "ann@example.com"
  first_name = "Ann"
  last_name  = "Lee"
}

resource "chat_ethora_room" "support" {
  room_id = "support"
  title   = "Support"
}

resource "chat_ethora_room_access" "ann_support" {
  room_id = chat_ethora_room.support.room_id
  user_id = chat_ethora_user.ann.user_id
}
