resource "chat_ethora_users" "staff" {
  app_id = var.app_id

  users = {
    for id, person in local.staff : id => {
      email      = "${id}@example.com"
      first_name = person.first_name
      last_name  = person.last_name
    }
  }
}

# Let go of the single users without deleting them ...
removed {
  from = chat_ethora_user.staff

  lifecycle {
    destroy = false
  }
}

# ... and take the same users over.
import {
  to = chat_ethora_users.staff
  id = join("/", concat([var.app_id], keys(local.staff)))
}
