# A small Livechat for trying things out and for training agents: visitors who
# write to two departments, each with an open conversation that begins with a
# question.

terraform {
  required_version = ">= 1.8"

  required_providers {
    chat = {
      source = "chattenant/chat"
    }
  }
}

# ROCKETCHAT_URL says which server this is. ROCKETCHAT_AUTH_TOKEN and
# ROCKETCHAT_USER_ID are those of an administrator, for the custom field.
provider "chat" {
  rocketchat = {}
}

locals {
  visitors = {
    ann  = { name = "Ann Lee", department = "Support", plan = "business", question = "How do I add a user?" }
    ben  = { name = "Ben Kim", department = "Support", plan = "free", question = "I can't sign in." }
    cara = { name = "Cara Diaz", department = "Sales", plan = "free", question = "What does the business plan cost?" }
  }
}

resource "chat_rocketchat_custom_field" "plan" {
  field   = "plan"
  label   = "Plan"
  scope   = "visitor"
  type    = "select"
  options = ["free", "business"]
}

# The departments are there already; visitors name them.
resource "chat_rocketchat_visitor" "trainees" {
  for_each = local.visitors

  name       = each.value.name
  email      = "${each.key}@example.com"
  department = each.value.department
  custom_fields = {
    (chat_rocketchat_custom_field.plan.field) = each.value.plan
  }
}

resource "chat_rocketchat_room" "trainees" {
  for_each = local.visitors

  visitor_token = chat_rocketchat_visitor.trainees[each.key].token
}

resource "chat_rocketchat_message" "question" {
  for_each = local.visitors

  room_id       = chat_rocketchat_room.trainees[each.key].id
  visitor_token = chat_rocketchat_visitor.trainees[each.key].token
  text          = each.value.question
}

data "chat_rocketchat_config" "livechat" {}

output "departments" {
  description = "Departments that visitors can choose."
  value       = sort(data.chat_rocketchat_config.livechat.departments[*].name)
}

output "rooms" {
  description = "Ids of the open conversations."
  value       = { for name, room in chat_rocketchat_room.trainees : name => room.id }
}
