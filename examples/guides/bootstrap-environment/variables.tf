variable "environment" {
  description = "Name of the environment, such as staging."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+$", var.environment))
    error_message = "The name of an environment has lower-case letters only."
  }
}

variable "rooms" {
  description = "The rooms by their ids."
  type = map(object({
    title = string
    type  = optional(string, "group")
  }))
}

variable "people" {
  description = "The users by their ids, and the rooms they may enter."
  type = map(object({
    email      = string
    first_name = string
    last_name  = string
    rooms      = optional(set(string), [])
  }))
}

# Ephemeral: in no plan and no state. Without it nobody could be created.
variable "initial_password" {
  description = "First password of every new user."
  type        = string
  sensitive   = true
  ephemeral   = true
}
