import {
  to = chat_ethora_app.acme
  identity = {
    id = "6650aa00000000000000ba5e"
  }
}
