"""Strategies on the real core, in fast time."""
