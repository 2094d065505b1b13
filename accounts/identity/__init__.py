"""Who a caller is: users, passwords, sessions, tokens, API keys."""
