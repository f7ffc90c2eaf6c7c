# A user of another app needs a token that is signed with that app's secret.
resource "chat_ethora_app" "acme" {
  display_name = "Acme Support"
}

resource "chat_ethora_user" "ben" {
  app_id     = chat_ethora_app.acme.id
  user_id    = "ben"
  email      = "ben@example.com"
  first_name = "Ben"
  last_name  = "Kim"
}

ephemeral "chat_ethora_client_token" "ben" {
  app_id     = chat_ethora_app.acme.id
  app_secret = chat_ethora_app.acme.app_secret
  user_id    = chat_ethora_user.ben.user_id
}
