environment = "staging"

rooms = {
  support = { title = "Support", type = "public" }
}

people = {
  tester = { email = "tester@example.com", first_name = "Test", last_name = "Person", rooms = ["support"] }
}
