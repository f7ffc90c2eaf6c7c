import {
  to = chat_ethora_room_members.leads
  id = "6650aa00000000000000ba5e/leads"
}
