"""One instrument's order book: price-time priority. It knows no fee, no balance and no account's
rights.
"""
