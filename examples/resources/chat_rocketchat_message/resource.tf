resource "chat_rocketchat_visitor" "ann" {
  name  = "Ann Lee"
  email = "ann@example.com"
}

resource "chat_rocketchat_room" "question" {
  visitor_token = chat_rocketchat_visitor.ann.token
}

resource "chat_rocketchat_message" "question" {
  room_id       = chat_rocketchat_room.question.id
  visitor_token = chat_rocketchat_visitor.ann.token
  text          = "How do I add a user?"
}
