"""The bots' configuration."""

from pathlib import Path
from typing import Final

from pydantic import Field

from service.config import ServiceConfig
from trading_bot.bot import BotSpec, spec_of

START_PRICES: Final = "BTC-USDT:64000,ETH-USDT:3400,ETH-BTC:0.053125"


class Config(ServiceConfig):
    """Environment of the bots' process."""

    gateway_url: str = "http://127.0.0.1:3000"
    bot_http_port: int = 3003
    bot_credentials: Path
    bot_strategies: str = (
        "market_maker:BTC-USDT,noise_taker:BTC-USDT,market_maker:ETH-USDT,noise_taker:ETH-USDT"
    )
    bot_fleet: Path | None = None
    """Where the bots are kept that were started, stopped or set otherwise; without it they begin
    anew with every start."""
    bot_seed: int = Field(default=1, ge=0)
    bot_start_prices: str = START_PRICES
    """Where a market begins that has never traded."""
    bot_control_secret: str = Field(default="", repr=False)
    """Of those who may control the bots; without one nobody may."""

    def bots(self) -> list[BotSpec]:
        """Return the bots to begin with.

        Raises:
            BadParameter: one of them is not STRATEGY:SYMBOL.
        """
        texts = (text.strip() for text in self.bot_strategies.split(","))
        return [spec_of(text) for text in texts if text]

    def start_prices(self) -> dict[str, str]:
        """Return the decimal price each symbol begins at."""
        return prices_of(self.bot_start_prices)


def prices_of(text: str) -> dict[str, str]:
    """Return the decimal prices by symbol in "SYMBOL:PRICE,…"."""
    items = (item.strip().partition(":") for item in text.split(",") if item.strip())
    return {symbol: price for symbol, _, price in items}
