# With the credentials of an administrator the id will do; without, write the
# visitor's token instead.
terraform import chat_rocketchat_visitor.ann '6650bb00000000000000cafe'
