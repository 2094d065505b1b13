"""The strategies, by name."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from domain.instruments import Instrument
from trading_bot.errors import UnknownStrategy
from trading_bot.reference_price import ReferencePrice
from trading_bot.strategies.market_maker import MarketMaker
from trading_bot.strategies.noise_taker import NoiseTaker
from trading_bot.strategy import Strategy


@dataclass(frozen=True)
class Setting:
    """What a strategy starts from."""

    instrument: Instrument
    start_ticks: int
    base_atoms: int
    now_ns: int
    draws: random.Random


def _market_maker(setting: Setting) -> Strategy:
    reference = ReferencePrice(setting.start_ticks, setting.now_ns, setting.draws)
    return MarketMaker(setting.instrument, reference, setting.base_atoms, setting.draws)


def _noise_taker(setting: Setting) -> Strategy:
    return NoiseTaker(setting.instrument, setting.start_ticks, setting.draws)


@dataclass(frozen=True)
class Entry:
    """One strategy: who it trades as and how it is made."""

    role: str
    make: Callable[[Setting], Strategy]


STRATEGIES: Final = {
    "market_maker": Entry("maker", _market_maker),
    "noise_taker": Entry("taker", _noise_taker),
}


def strategy_named(name: str) -> Entry:
    """Return the strategy called ``name``.

    Raises:
        UnknownStrategy: there is none; the message lists those there are.
    """
    if name not in STRATEGIES:
        raise UnknownStrategy(f"no strategy {name!r}; there are: {', '.join(sorted(STRATEGIES))}")
    return STRATEGIES[name]
