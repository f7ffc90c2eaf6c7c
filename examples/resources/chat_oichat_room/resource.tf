# These three and no others: Terraform adds and removes participants.
resource "chat_oichat_room" "support" {
  type         = "group"
  name         = "Support"
  participants = ["ann", "ben", "cara"]
  metadata     = jsonencode({ queue = "support", priority = 1 })
}

# Created with two. Who comes and goes later is left to the application, or to
# chat_oichat_room_participant; so is whether the matter is resolved.
resource "chat_oichat_room" "order" {
  type                 = "direct"
  name                 = "Order 1234"
  initial_participants = ["customer-7", "ben"]
}
