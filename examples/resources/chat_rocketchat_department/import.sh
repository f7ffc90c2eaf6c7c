# The id is the department's.
terraform import chat_rocketchat_department.billing '64181a0728384134ed600dcc'
