resource "chat_oichat_room" "order" {
  for_each = { "1234" = "open", "1235" = "resolved" }

  type         = "direct"
  participants = ["customer-7", "ann"]
  metadata     = jsonencode({ order_id = each.key })
  status       = each.value
}

data "chat_oichat_rooms" "customer" {
  user_id    = "customer-7"
  depends_on = [chat_oichat_room.order]
}

output "open_orders" {
  value = [
    for room in data.chat_oichat_rooms.customer.rooms : jsondecode(room.metadata).order_id
    if room.status == "open"
  ]
}
