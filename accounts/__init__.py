"""Users, credentials, the double-entry ledger and the history of orders and fills."""
