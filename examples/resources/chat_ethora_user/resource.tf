variable "ann_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "chat_ethora_user" "ann" {
  user_id    = "ann"
  email      = "ann@example.com"
  first_name = "Ann"
  last_name  = "Lee"

  # Sent once, at creation, and never stored.
  password_wo         = var.ann_password
  password_wo_version = 1
}
