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

data "chat_ethora_user_chats" "ann" {
  user_id         = chat_ethora_user.ann.user_id
  include_members = true
  depends_on      = [chat_ethora_room_access.ann_support]
}

# Each room by its title, with the people in it. The app's own system account
# may be a member too, and is left out.
output "rooms_of_ann" {
  value = {
    for chat in data.chat_ethora_user_chats.ann.chats :
    chat.title => [for member in chat.members : member.user_id if !member.system]
  }
}
