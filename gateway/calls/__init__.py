"""Calls to the other services, and what they answer."""
