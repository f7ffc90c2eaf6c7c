import {
  to = chat_rocketchat_department.billing
  identity = {
    id = "64181a0728384134ed600dcc"
  }
}
