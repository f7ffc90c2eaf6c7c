# The id is <room_id>/<message_id>. Without the credentials of an administrator
# it goes on with /<visitor token>.
terraform import chat_rocketchat_message.question 'zRAeTszXor8CCPceB/SgrsSm3HNGrG5xTmk'
