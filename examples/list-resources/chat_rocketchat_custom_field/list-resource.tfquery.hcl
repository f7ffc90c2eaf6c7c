# The definitions of all custom fields.
list "chat_rocketchat_custom_field" "all" {
  provider         = chat
  include_resource = true
}
