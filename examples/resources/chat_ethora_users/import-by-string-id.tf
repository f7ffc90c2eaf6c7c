import {
  to = chat_ethora_users.staff
  id = join("/", ["6650aa00000000000000ba5e", "quinn", "rosa", "sam"])
}
