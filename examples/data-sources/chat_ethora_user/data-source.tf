resource "chat_ethora_user" "ann" {
  user_id    = "ann"
  email      = "ann@example.com"
  first_name = "Ann"
  last_name  = "Lee"
}

# Usually the user was made elsewhere, and only its id is known here.
data "chat_ethora_user" "ann" {
  user_id = chat_ethora_user.ann.user_id
}

output "ann" {
  value = "${data.chat_ethora_user.ann.first_name} ${data.chat_ethora_user.ann.last_name} is ${data.chat_ethora_user.ann.xmpp_username} in the chat"
}
