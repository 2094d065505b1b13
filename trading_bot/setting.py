"""What a strategy starts from, and the sources of prices it can name."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from domain.instruments import Instrument
from domain.units import NS_PER_S
from trading_bot.errors import NoReference
from trading_bot.price_feeds import Feed
from trading_bot.reference_price import (
    FileReference,
    InstrumentReference,
    MarketReference,
    RandomReference,
    Reference,
    ToldReference,
)

SOURCES: Final = (
    "random | market | file:PATH | instrument:SYMBOL | http:URL#PATH | ccxt:EXCHANGE:BASE/QUOTE"
)
_FEED_EVERY_S: Final = 1.0


@dataclass(frozen=True)
class Setting:
    """``instruments``: the strategy's, the first of them its own. ``start_ticks``: where that
    begins, if it never traded.
    """

    instruments: Sequence[Instrument]
    start_ticks: int
    now_ns: int
    draws: random.Random
    feeds: list[Feed] = field(default_factory=list)
    """What must run beside the strategy."""

    @property
    def instrument(self) -> Instrument:
        """The strategy's own instrument."""
        return self.instruments[0]

    def reference(self, source: str, max_age_s: float) -> Reference:
        """Return the reference that ``source`` names.

        Raises:
            NoReference: it is none of ``SOURCES``, or cannot be read.
        """
        kind, _, where = source.partition(":")
        max_age_ns = int(max_age_s * NS_PER_S)
        match kind:
            case "random":
                return RandomReference(self.start_ticks, self.now_ns, self.draws)
            case "market":
                return MarketReference(self.start_ticks)
            case "file":
                return FileReference.read(Path(where), self.instrument, max_age_ns)
            case "instrument":
                if where not in {other.symbol for other in self.instruments[1:]}:
                    raise NoReference(f"{source}: {where!r} is not among the bot's other symbols")
                return InstrumentReference(where)
            case "http" | "ccxt":
                told = ToldReference(self.instrument, max_age_ns)
                self.feeds.append(Feed(source, told, _FEED_EVERY_S))
                return told
        raise NoReference(f"{source!r} is no source of prices; there are: {SOURCES}")
