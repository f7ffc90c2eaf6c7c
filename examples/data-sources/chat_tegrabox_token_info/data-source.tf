resource "chat_tegrabox_user" "ann" {
  username         = "ann"
  external_user_id = "crm-1"
  display_name     = "Ann Lee"
}

ephemeral "chat_tegrabox_token" "ann" {
  user_id = chat_tegrabox_user.ann.id
}

# The provider as Ann: everything but her token comes from the environment.
provider "chat" {
  alias    = "ann"
  tegrabox = { jwt_token = ephemeral.chat_tegrabox_token.ann.token }
}

data "chat_tegrabox_token_info" "ann" {
  provider   = chat.ann
  depends_on = [chat_tegrabox_user.ann]
}

output "bearer" {
  value = data.chat_tegrabox_token_info.ann.username
}
