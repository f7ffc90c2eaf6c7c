import {
  to = chat_rocketchat_custom_field.plan
  id = "plan"
}
