resource "chat_ethora_user" "staff" {
  for_each = local.staff

  app_id     = var.app_id
  user_id    = each.key
  email      = "${each.key}@example.com"
  first_name = each.value.first_name
  last_name  = each.value.last_name
}
