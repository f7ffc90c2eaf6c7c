# "terraform apply -invoke=action.chat_rocketchat_send_offline_message.test" shows
# whether the form for offline messages reaches anybody.
action "chat_rocketchat_send_offline_message" "test" {
  config {
    name       = "Ann Lee"
    email      = "ann@example.com"
    message    = "Please call me back."
    department = "Support"
    host       = "https://www.example.com"
  }
}
