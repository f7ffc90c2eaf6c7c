resource "chat_ethora_room" "support" {
  room_id     = "support"
  title       = "Support"
  description = "Ask us anything"
  type        = "public"
}
