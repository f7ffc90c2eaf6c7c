# The app the provider signs in as. Another app is named by its id.
data "chat_ethora_app" "own" {}

output "own_app" {
  value = "${data.chat_ethora_app.own.display_name} (${data.chat_ethora_app.own.id})"
}
