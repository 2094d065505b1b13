"""Watching an exchange: `openbell top`, `openbell doctor`, and files for other tools."""
