resource "chat_rocketchat_visitor" "ann" {
  name       = "Ann Lee"
  email      = "ann@example.com"
  phone      = "+1 555 0100"
  department = "Support"

  custom_fields = {
    company = "Acme"
  }
}

# Whoever writes to agents needs a room.
resource "chat_rocketchat_room" "question" {
  visitor_token = chat_rocketchat_visitor.ann.token
}
