# The rooms that Ann is in, with what can be imported of each.
list "chat_oichat_room" "ann" {
  provider         = chat
  include_resource = true

  config {
    user_id = "ann"
  }
}
