# The id is <app_id>/<user_id>.
terraform import chat_ethora_user.ann '6650aa00000000000000ba5e/ann'
