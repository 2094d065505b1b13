"""Bots: customers of the public API, nothing more."""
