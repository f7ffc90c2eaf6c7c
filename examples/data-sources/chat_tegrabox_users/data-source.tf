resource "chat_tegrabox_user" "ann" {
  username         = "ann"
  external_user_id = "crm-1"
  display_name     = "Ann Lee"
}

data "chat_tegrabox_users" "all" {
  depends_on = [chat_tegrabox_user.ann]
}

output "active_users" {
  value = [for user in data.chat_tegrabox_users.all.users : user.username if user.status == "active"]
}
