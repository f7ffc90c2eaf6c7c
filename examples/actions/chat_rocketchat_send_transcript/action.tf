resource "chat_rocketchat_visitor" "ann" {
  name  = "Ann Lee"
  email = "ann@example.com"
}

resource "chat_rocketchat_room" "question" {
  visitor_token = chat_rocketchat_visitor.ann.token
}

action "chat_rocketchat_send_transcript" "question" {
  config {
    room_id       = chat_rocketchat_room.question.id
    visitor_token = chat_rocketchat_visitor.ann.token
    email         = "archive@example.com"
  }
}
