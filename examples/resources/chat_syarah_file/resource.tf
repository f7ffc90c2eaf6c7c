resource "chat_syarah_file" "rules" {
  source       = "${path.module}/house-rules.txt"
  message_type = "file"
}

# What a message says that sends the file.
output "rules_path" {
  value = chat_syarah_file.rules.path
}
