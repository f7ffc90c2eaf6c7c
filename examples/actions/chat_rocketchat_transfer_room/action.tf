resource "chat_rocketchat_visitor" "ann" {
  name  = "Ann Lee"
  email = "ann@example.com"
}

resource "chat_rocketchat_room" "question" {
  visitor_token = chat_rocketchat_visitor.ann.token
}

data "chat_rocketchat_departments" "sales" {
  name_contains = "Sales"
}

resource "terraform_data" "transfer" {
  input = one(data.chat_rocketchat_departments.sales.departments[*].id)
}

action "chat_rocketchat_transfer_room" "to_sales" {
  config {
    room_id       = chat_rocketchat_room.question.id
    visitor_token = chat_rocketchat_visitor.ann.token
    department_id = terraform_data.transfer.output
  }
}
