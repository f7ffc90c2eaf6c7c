# The id is <room_id>.
terraform import chat_oichat_room.support 'room-abc'
