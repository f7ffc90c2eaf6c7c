# The id is that of the chat, or <user1_id>/<user2_id>.
terraform import chat_syarah_chat.support '101'
