"""Measurements: one file a question. Each prints what it ran on and a yardstick of the same run."""
