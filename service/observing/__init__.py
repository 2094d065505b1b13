"""What is watched of an exchange: named series, alerts on them, and who looks."""
