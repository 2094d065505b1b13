"""What can go wrong in market data."""


class MarketDataError(Exception):
    """Root of this package's errors."""


class CursorMoved(MarketDataError):
    """Another writer moved the cursor: what is in memory no longer belongs to what is stored."""
