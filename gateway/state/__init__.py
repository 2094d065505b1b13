"""The present, followed from the engine's events and from market data."""
