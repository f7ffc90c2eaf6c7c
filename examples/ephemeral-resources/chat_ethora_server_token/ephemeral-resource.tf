# A token for a script that calls Ethora's API itself. It is signed on this
# machine, for this run, and is never in the plan or the state.
ephemeral "chat_ethora_server_token" "script" {
  ttl = "15m"
}

# The script reads the token from a file that only this user can read.
resource "terraform_data" "script_token" {
  provisioner "local-exec" {
    command     = "umask 077 && printenv CHAT_SERVER_TOKEN > server.token"
    environment = { CHAT_SERVER_TOKEN = ephemeral.chat_ethora_server_token.script.token }
  }

  provisioner "local-exec" {
    when    = destroy
    command = "rm -f server.token"
  }
}
