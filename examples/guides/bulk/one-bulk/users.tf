resource "chat_ethora_users" "support" {
  app_id = var.app_id

  users = {
    oncall = {
      email      = "oncall@example.com"
      first_name = "On"
      last_name  = "Call"
    }
  }
}

moved {
  from = chat_ethora_user.oncall
  to   = chat_ethora_users.support
}
