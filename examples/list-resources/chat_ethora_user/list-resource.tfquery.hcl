# The users of one app, with all their attributes.
list "chat_ethora_user" "all" {
  provider         = chat
  include_resource = true

  config {
    app_id = "6650aa00000000000000ba5e"
  }
}
