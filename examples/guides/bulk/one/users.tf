resource "chat_ethora_user" "oncall" {
  app_id     = var.app_id
  user_id    = "oncall"
  email      = "oncall@example.com"
  first_name = "On"
  last_name  = "Call"
}
