resource "chat_ethora_room" "team" {
  for_each = { support = "Support", sales = "Sales" }

  room_id = each.key
  title   = each.value
}

data "chat_ethora_rooms" "all" {
  include_members = true
  depends_on      = [chat_ethora_room.team]
}

# The app's own system account may be a member too, and does not count here.
output "empty_rooms" {
  value = [
    for room in data.chat_ethora_rooms.all.rooms : room.title
    if alltrue([for member in room.members : member.system])
  ]
}
