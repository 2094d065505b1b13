"""Each event becomes rows once: the double-entry ledger, the history, the venue as it stood."""
