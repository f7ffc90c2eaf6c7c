# The id is <app_id>/<user_id>/<user_id>/...: the app, then each user to take over.
terraform import chat_ethora_users.staff '6650aa00000000000000ba5e/quinn/rosa/sam'
