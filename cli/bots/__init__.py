"""Bots: those of a running exchange, backtests, one's own."""
