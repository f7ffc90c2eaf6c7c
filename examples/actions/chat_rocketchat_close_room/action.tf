resource "chat_rocketchat_visitor" "ann" {
  name  = "Ann Lee"
  email = "ann@example.com"
}

resource "chat_rocketchat_room" "question" {
  visitor_token = chat_rocketchat_visitor.ann.token
}

# "terraform apply -invoke=action.chat_rocketchat_close_room.question" closes the
# room. The next plan proposes to open another.
action "chat_rocketchat_close_room" "question" {
  config {
    room_id       = chat_rocketchat_room.question.id
    visitor_token = chat_rocketchat_visitor.ann.token
    comment       = "Answered by e-mail"
  }
}
