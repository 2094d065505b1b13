"""Operating a running exchange."""
