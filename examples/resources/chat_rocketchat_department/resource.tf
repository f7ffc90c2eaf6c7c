resource "chat_rocketchat_department" "billing" {
  name                 = "Billing"
  email                = "billing@example.com"
  description          = "Invoices and payments"
  show_on_registration = true

  # The ids of users who are Livechat agents.
  agents = {
    XycfA5CetCPuEjqxw = {}
    Gm3PoFCJWTCJ68XRa = { order = 1 }
  }
}
