terraform {
  required_providers {
    chat = {
      source = "chattenant/chat"
    }
  }
}

# Everything from the environment: ETHORA_CHAT_API_URL, ETHORA_CHAT_APP_ID and
# ETHORA_CHAT_APP_SECRET.
provider "chat" {
  ethora = {}
}
