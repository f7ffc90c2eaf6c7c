resource "chat_rocketchat_custom_field" "plan" {
  field   = "plan"
  label   = "Plan"
  scope   = "visitor"
  type    = "select"
  options = ["free", "business"]
}

# A reference to the field makes Terraform define it first.
resource "chat_rocketchat_visitor" "ann" {
  name = "Ann Lee"
  custom_fields = {
    (chat_rocketchat_custom_field.plan.field) = "business"
  }
}
