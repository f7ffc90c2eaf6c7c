# "6650aa00000000000000ba5e_support"
output "room_name" {
  value = provider::chat::ethora_room_name("6650aa00000000000000ba5e", "support")
}
