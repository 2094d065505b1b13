"""What operators do: roles, acts on the venue and its users, the log of them, approvals."""
