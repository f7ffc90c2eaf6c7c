# The id is <app_id>/<room_id>/<user_id>.
terraform import chat_ethora_room_access.ann_support '6650aa00000000000000ba5e/support/ann'
