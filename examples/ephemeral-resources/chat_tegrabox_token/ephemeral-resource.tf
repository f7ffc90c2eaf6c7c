resource "chat_tegrabox_user" "ann" {
  username         = "ann"
  external_user_id = "crm-1"
  display_name     = "Ann Lee"
}

# With it a chat client signs Ann in. It is issued for this run, and is never in
# the plan or the state.
ephemeral "chat_tegrabox_token" "ann" {
  user_id = chat_tegrabox_user.ann.id
}

# A test of the web client reads the token from a file that only this user can
# read.
resource "terraform_data" "ann_token" {
  provisioner "local-exec" {
    command     = "umask 077 && printenv CHAT_CLIENT_TOKEN > ann.token"
    environment = { CHAT_CLIENT_TOKEN = ephemeral.chat_tegrabox_token.ann.token }
  }

  provisioner "local-exec" {
    when    = destroy
    command = "rm -f ann.token"
  }
}
