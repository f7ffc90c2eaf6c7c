# The id is the one that TegraBox gave the room.
terraform import chat_tegrabox_room.general '0198c3c2-5d6e-7000-8000-0000000000b2'
