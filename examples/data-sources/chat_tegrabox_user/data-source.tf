resource "chat_tegrabox_user" "ann" {
  username         = "ann"
  external_user_id = "crm-1"
  display_name     = "Ann Lee"
}

# Usually the user was made elsewhere, and only its id in your own system is
# known here.
data "chat_tegrabox_user" "ann" {
  external_user_id = chat_tegrabox_user.ann.external_user_id
}

output "ann" {
  value = "${data.chat_tegrabox_user.ann.display_name} is ${data.chat_tegrabox_user.ann.username} in the chat"
}
