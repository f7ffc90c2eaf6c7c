import {
  to = chat_rocketchat_custom_field.plan
  identity = {
    field = "plan"
  }
}
