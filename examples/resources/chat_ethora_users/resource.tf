locals {
  staff = {
    quinn = "Hart"
    rosa  = "Vega"
    sam   = "Okoro"
  }
}

# These three and no others: other users of the app are left alone.
resource "chat_ethora_users" "staff" {
  users = {
    for id, last_name in local.staff : id => {
      email      = "${id}@example.com"
      first_name = title(id)
      last_name  = last_name
    }
  }
}

resource "chat_ethora_room" "staff" {
  room_id = "staff"
  title   = "Staff"
}

resource "chat_ethora_room_members" "staff" {
  room_id  = chat_ethora_room.staff.room_id
  user_ids = keys(chat_ethora_users.staff.users)
}
