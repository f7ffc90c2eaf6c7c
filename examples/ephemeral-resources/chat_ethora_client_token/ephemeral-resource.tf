resource "chat_ethora_user" "ann" {
  user_id    = "ann"
  email      = "ann@example.com"
  first_name = "Ann"
  last_name  = "Lee"
}

# With it a chat client signs Ann in, without her password. It is signed on
# this machine, for this run, and is never in the plan or the state.
ephemeral "chat_ethora_client_token" "ann" {
  user_id = chat_ethora_user.ann.user_id
  ttl     = "10m"
}

# A test of the web client reads the token from a file that only this user can
# read.
resource "terraform_data" "ann_token" {
  provisioner "local-exec" {
    command     = "umask 077 && printenv CHAT_CLIENT_TOKEN > ann.token"
    environment = { CHAT_CLIENT_TOKEN = ephemeral.chat_ethora_client_token.ann.token }
  }

  provisioner "local-exec" {
    when    = destroy
    command = "rm -f ann.token"
  }
}
