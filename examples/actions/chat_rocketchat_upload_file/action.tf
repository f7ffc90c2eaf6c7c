resource "chat_rocketchat_visitor" "ann" {
  name  = "Ann Lee"
  email = "ann@example.com"
}

resource "chat_rocketchat_room" "question" {
  visitor_token = chat_rocketchat_visitor.ann.token
}

resource "terraform_data" "manual" {
  input = filesha256("${path.module}/action.tf")

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.chat_rocketchat_upload_file.manual]
    }
  }
}

# Uploads the file again whenever it has changed.
action "chat_rocketchat_upload_file" "manual" {
  config {
    room_id       = chat_rocketchat_room.question.id
    visitor_token = chat_rocketchat_visitor.ann.token
    source        = "${path.module}/action.tf"
    content_type  = "text/plain"
    description   = "How it is done"
  }
}
