"""Balances, holds and fees. It knows no order book."""
