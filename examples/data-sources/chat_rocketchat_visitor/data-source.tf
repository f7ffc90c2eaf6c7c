resource "chat_rocketchat_visitor" "ann" {
  name  = "Ann Lee"
  email = "ann@example.com"
}

data "chat_rocketchat_visitor" "ann" {
  token = chat_rocketchat_visitor.ann.token
}

output "ann" {
  value = "${data.chat_rocketchat_visitor.ann.name} is ${data.chat_rocketchat_visitor.ann.username}"
}
