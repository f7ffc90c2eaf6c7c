resource "chat_tegrabox_user" "ann" {
  username         = "ann"
  external_user_id = "crm-1"
  display_name     = "Ann Lee"
}

# When Ann has lost her phone: terraform apply
# -invoke=action.chat_tegrabox_revoke_tokens.ann
action "chat_tegrabox_revoke_tokens" "ann" {
  config {
    user_id = chat_tegrabox_user.ann.id
  }
}
