"""Run with ``python -m market_data``."""

from market_data.main import main

main()
