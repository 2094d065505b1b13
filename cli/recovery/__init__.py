"""Journals, snapshots, backups, and either store made again from the other."""
