# The id is the app's.
terraform import chat_ethora_app.acme '6650aa00000000000000ba5e'
