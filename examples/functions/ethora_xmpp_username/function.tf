# "6650aa00000000000000ba5e_ann"
output "xmpp_username" {
  value = provider::chat::ethora_xmpp_username("6650aa00000000000000ba5e", "ann")
}
