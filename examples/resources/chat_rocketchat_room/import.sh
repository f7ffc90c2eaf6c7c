# With the credentials of an administrator the room's id will do; without, write
# <room_id>/<visitor token>.
terraform import chat_rocketchat_room.question 'zRAeTszXor8CCPceB'
