# The chats of the provider's user, with what can be imported of each.
list "chat_syarah_chat" "mine" {
  provider         = chat
  include_resource = true
}
