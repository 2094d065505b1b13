"""What can go wrong in a backtest."""


class BacktestError(Exception):
    """Root of this package's errors."""


class CannotBacktest(BacktestError):
    """There is nothing to test on, or it cannot be done; the message says why."""
