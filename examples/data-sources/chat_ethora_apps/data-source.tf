resource "chat_ethora_app" "acme" {
  display_name = "Acme Support"
}

data "chat_ethora_apps" "all" {
  depends_on = [chat_ethora_app.acme]
}

# Names need not be unique, so that each name has a list of ids.
output "app_ids_by_name" {
  value = { for app in data.chat_ethora_apps.all.apps : app.display_name => app.id... }
}
