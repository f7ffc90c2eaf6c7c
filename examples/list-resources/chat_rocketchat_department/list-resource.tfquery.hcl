# All departments that are not archived.
list "chat_rocketchat_department" "all" {
  provider         = chat
  include_resource = true
}
