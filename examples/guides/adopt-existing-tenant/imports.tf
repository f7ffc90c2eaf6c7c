# After the first apply this file can be deleted.

import {
  to = chat_ethora_app.acme
  id = var.app_id
}

import {
  to = chat_ethora_room.support
  id = "${var.app_id}/support"
}

import {
  for_each = local.team
  to       = chat_ethora_user.team[each.key]
  id       = "${var.app_id}/${each.key}"
}

import {
  to = chat_ethora_room_members.support
  id = "${var.app_id}/support"
}
