resource "chat_rocketchat_visitor" "ann" {
  name  = "Ann Lee"
  email = "ann@example.com"
}

resource "chat_rocketchat_room" "question" {
  visitor_token = chat_rocketchat_visitor.ann.token
}

action "chat_rocketchat_submit_survey" "question" {
  config {
    room_id             = chat_rocketchat_room.question.id
    visitor_token       = chat_rocketchat_visitor.ann.token
    satisfaction        = 5
    agent_knowledge     = 4
    additional_feedback = "Thank you!"
  }
}
