environment = "production"

rooms = {
  support = { title = "Support", type = "public" }
  leads   = { title = "Team leads" }
}

people = {
  ann   = { email = "ann@example.com", first_name = "Ann", last_name = "Lee", rooms = ["support"] }
  quinn = { email = "quinn@example.com", first_name = "Quinn", last_name = "Hart", rooms = ["support", "leads"] }
}
