# The first 50 users of the project, with all that is known of them.
list "chat_tegrabox_user" "first" {
  provider         = chat
  limit            = 50
  include_resource = true
}
