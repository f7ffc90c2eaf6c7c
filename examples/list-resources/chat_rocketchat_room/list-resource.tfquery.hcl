# All open rooms, with what their resources would hold.
list "chat_rocketchat_room" "all" {
  provider         = chat
  include_resource = true
}
