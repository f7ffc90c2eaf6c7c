# The id is <room_id>/<user_id>.
terraform import chat_oichat_room_participant.cara 'room-abc/cara'
