"""The bots' configuration."""

from pathlib import Path
from typing import Final

from pydantic import Field

from service.config import ServiceConfig

START_PRICES: Final = "BTC-USDT:64000,ETH-USDT:3400"


class Config(ServiceConfig):
    """Environment of the bots' process."""

    gateway_url: str = "http://127.0.0.1:3000"
    bot_http_port: int = 3003
    bot_credentials: Path
    bot_strategies: str = (
        "market_maker:BTC-USDT,noise_taker:BTC-USDT,market_maker:ETH-USDT,noise_taker:ETH-USDT"
    )
    bot_seed: int = Field(default=1, ge=0)
    bot_start_prices: str = START_PRICES
    """Where a market begins that has never traded."""

    def strategies(self) -> list[tuple[str, str]]:
        """Return (strategy name, symbol) of every bot to run."""
        return _pairs(self.bot_strategies)

    def start_prices(self) -> dict[str, str]:
        """Return the decimal price each symbol begins at."""
        return prices_of(self.bot_start_prices)


def prices_of(text: str) -> dict[str, str]:
    """Return the decimal prices by symbol in "SYMBOL:PRICE,…"."""
    return dict(_pairs(text))


def _pairs(text: str) -> list[tuple[str, str]]:
    items = [item.strip() for item in text.split(",") if item.strip()]
    return [(left, right) for left, _, right in (item.partition(":") for item in items)]
