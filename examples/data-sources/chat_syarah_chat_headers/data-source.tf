resource "chat_syarah_chat" "support" {
  user2_id = "6fa459ea-ee8a-4ca4-894e-db77e160355e"
}

data "chat_syarah_chat_headers" "newest" {
  limit      = 10
  depends_on = [chat_syarah_chat.support]
}

output "conversations" {
  value = data.chat_syarah_chat_headers.newest.chat_headers[*].chat_header_id
}

# What else Syarah tells is not documented: try() keeps an unexpected answer from
# being an error.
output "groups" {
  value = [
    for header in data.chat_syarah_chat_headers.newest.chat_headers : header.chat_header_id
    if try(jsondecode(header.json).isGroup, false)
  ]
}
