# The id is the name of the field.
terraform import chat_rocketchat_custom_field.plan 'plan'
