"""Market data: public trades, candles and tickers, exactly once from the engine's events."""
