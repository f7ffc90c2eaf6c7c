resource "chat_ethora_user" "team" {
  for_each = { ann = "Lee", ben = "Kim", cara = "Diaz" }

  user_id    = each.key
  email      = "${each.key}@example.com"
  first_name = title(each.key)
  last_name  = each.value
}

resource "chat_ethora_room" "support" {
  room_id = "support"
  title   = "Support"
}

resource "chat_ethora_room_access" "support" {
  for_each = toset(["ann", "ben"])

  room_id = chat_ethora_room.support.room_id
  user_id = chat_ethora_user.team[each.key].user_id
}

# Every user of the app.
data "chat_ethora_users" "all" {
  depends_on = [chat_ethora_user.team]
}

# Those who are in one room.
data "chat_ethora_users" "in_support" {
  room_id    = chat_ethora_room.support.room_id
  depends_on = [chat_ethora_room_access.support]
}

output "outside_support" {
  value = setsubtract(data.chat_ethora_users.all.users[*].user_id, data.chat_ethora_users.in_support.users[*].user_id)
}
