"""Market data as files, and files as market data."""
