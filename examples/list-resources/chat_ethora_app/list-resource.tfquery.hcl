# Every app that the credentials reach: the one the provider signs in as, and
# those below it. Archived ones are left out.
list "chat_ethora_app" "all" {
  provider = chat
}
