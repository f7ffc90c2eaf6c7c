# The id is <app_id>/<room_id>.
terraform import chat_ethora_room_members.leads '6650aa00000000000000ba5e/leads'
