"""Run with ``python -m trading_bot``."""

from trading_bot.main import main

main()
