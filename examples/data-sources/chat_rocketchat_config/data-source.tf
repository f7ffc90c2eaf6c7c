data "chat_rocketchat_config" "livechat" {}

output "departments" {
  value = sort(data.chat_rocketchat_config.livechat.departments[*].name)
}

# What depends on the server's version is JSON.
output "visitors_may_close" {
  value = jsondecode(data.chat_rocketchat_config.livechat.settings).visitorsCanCloseChat
}
