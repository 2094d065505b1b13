"""Answers that are files: downloads, statements."""
