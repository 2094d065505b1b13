"""What every process shares: configuration, logs, health, metrics, shutdown, signed calls."""
