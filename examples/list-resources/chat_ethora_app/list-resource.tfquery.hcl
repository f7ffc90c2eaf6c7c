# Every app below the one the provider signs in as, archived ones left out.
list "chat_ethora_app" "all" {
  provider = chat
}
