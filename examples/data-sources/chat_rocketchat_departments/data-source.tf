data "chat_rocketchat_departments" "enabled" {
  enabled_only = true
}

output "department_emails" {
  value = { for department in data.chat_rocketchat_departments.enabled.departments : department.name => department.email }
}
