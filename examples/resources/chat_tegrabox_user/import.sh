# The id is the one that TegraBox gave the user.
terraform import chat_tegrabox_user.ann '0198c3c2-5d6e-7000-8000-0000000000a1'
