# A chat with each friend of a Syarah user, and a file that can be sent in them.

terraform {
  required_version = ">= 1.8"

  required_providers {
    chat = {
      source = "chattenant/chat"
    }
  }
}

# SYARAH_GATEWAY_URL, SYARAH_BACKEND_URL, SYARAH_USER_ID and SYARAH_ACCESS_TOKEN
# say where Syarah is, and in whose name the provider works.
provider "chat" {
  syarah = {}
}

data "chat_syarah_friendships" "mine" {}

# One of the two users is left out: it is the one whom the provider works for.
resource "chat_syarah_chat" "friend" {
  for_each = toset(data.chat_syarah_friendships.mine.friendships[*].user_id)

  user2_id = each.key
}

# When the text changes, it is uploaded again, under another path.
resource "chat_syarah_file" "rules" {
  source       = "${path.module}/house-rules.txt"
  message_type = "file"
}

data "chat_syarah_chats" "mine" {
  depends_on = [chat_syarah_chat.friend]
}

output "chats_by_user_name" {
  description = "Ids of the chats, which messages are sent to."
  value       = { for chat in data.chat_syarah_chats.mine.chats : chat.user_name => chat.chat_header_id }
}

output "rules_path" {
  description = "What a message says that sends the house rules."
  value       = chat_syarah_file.rules.path
}
