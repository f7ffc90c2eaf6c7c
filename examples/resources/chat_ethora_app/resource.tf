resource "chat_ethora_app" "acme" {
  display_name  = "Acme Support"
  domain_name   = "acmesupport"
  tagline       = "We answer"
  primary_color = "#1F6FEB"

  sign_on_options = ["email", "google"]

  available_menu_items = {
    chats    = true
    profile  = true
    settings = false
  }

  # The destroy purges the app instead of archiving it.
  hard_delete = true
}
