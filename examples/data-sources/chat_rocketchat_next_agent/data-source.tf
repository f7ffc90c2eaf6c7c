resource "chat_rocketchat_visitor" "ann" {
  name  = "Ann Lee"
  email = "ann@example.com"
}

data "chat_rocketchat_next_agent" "support" {
  visitor_token = chat_rocketchat_visitor.ann.token
}

output "somebody_is_there" {
  value = data.chat_rocketchat_next_agent.support.id != null
}
