resource "chat_rocketchat_visitor" "ann" {
  name  = "Ann Lee"
  email = "ann@example.com"
}

resource "chat_rocketchat_room" "question" {
  visitor_token = chat_rocketchat_visitor.ann.token
}

data "chat_rocketchat_agent" "serving" {
  room_id       = chat_rocketchat_room.question.id
  visitor_token = chat_rocketchat_visitor.ann.token
}

output "served_by" {
  value = data.chat_rocketchat_agent.serving.name
}
