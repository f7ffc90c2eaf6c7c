terraform {
  required_version = ">= 1.7"

  required_providers {
    chat = { source = "chattenant/chat" }
  }
}

provider "chat" {
  ethora = {}
}

variable "app_id" {
  type        = string
  description = "Id of the app that the users belong to."
}

# In practice this comes from a file: csvdecode(file("staff.csv")).
locals {
  staff = {
    quinn = { first_name = "Quinn", last_name = "Hart" }
    rosa  = { first_name = "Rosa", last_name = "Vega" }
    sam   = { first_name = "Sam", last_name = "Okoro" }
  }
}
