"""The vocabulary of the exchange: one home for every word. Standard library only, immutable, no
I/O.
"""
