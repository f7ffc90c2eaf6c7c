data "chat_tegrabox_project" "own" {}

output "project_id" {
  value = data.chat_tegrabox_project.own.id
}
