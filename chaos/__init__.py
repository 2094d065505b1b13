"""A whole exchange of real processes under load, and everything that can happen to them at once."""
