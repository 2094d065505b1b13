"""Names of market streams, such as btcusdt@depth@100ms, and what each is of."""

import re
from dataclasses import dataclass
from typing import Final

from domain.intervals import Interval
from gateway.binance.errors import BinanceError

DEPTH_USUAL_MS: Final = 1_000
_DEPTH: Final = re.compile(r"depth(?P<levels>5|10|20)?(?:@(?P<ms>100|1000)ms)?")
_KLINE: Final = re.compile(r"kline_(?P<interval>[0-9]{1,2}[smhdwM])(?:@\+?0?0:00)?")
_INTERVALS: Final = {interval.value: interval for interval in Interval}
_SYMBOL: Final = re.compile("[a-z0-9]{1,24}")
_PLAIN: Final = {
    "trade": "trade",
    "aggTrade": "aggTrade",
    "bookTicker": "bookTicker",
    "miniTicker": "miniTicker",
    "ticker": "ticker",
    "avgPrice": "avgPrice",
}
_ARRAYS: Final = {
    "!miniTicker@arr": "miniTicker",
    "!ticker@arr": "ticker",
    "!bookTicker": "bookTicker",
}


@dataclass(frozen=True, slots=True)
class StreamName:
    """A stream: of one symbol (upper case), or of all where that is None."""

    text: str
    """As the client wrote it: events come back under the same name."""
    kind: str
    symbol: str | None
    interval: Interval | None = None
    levels: int = 0
    every_ms: int = 0


def parse_stream(text: str) -> StreamName:
    """Return what a name stands for; whether there is such an instrument is another question.

    Raises:
        BinanceError: it stands for nothing.
    """
    if text in _ARRAYS:
        return StreamName(text, _ARRAYS[text], None)
    symbol, _, rest = text.partition("@")
    if not _SYMBOL.fullmatch(symbol):
        raise _unknown(text)
    symbol = symbol.upper()
    if rest in _PLAIN:
        return StreamName(text, _PLAIN[rest], symbol)
    if depth := _DEPTH.fullmatch(rest):
        every_ms = int(depth["ms"] or DEPTH_USUAL_MS)
        levels = int(depth["levels"] or 0)
        kind = "partialDepth" if levels else "depth"
        return StreamName(text, kind, symbol, levels=levels, every_ms=every_ms)
    if kline := _KLINE.fullmatch(rest):
        interval = _INTERVALS.get(kline["interval"])
        if interval is not None:
            return StreamName(text, "kline", symbol, interval=interval)
    raise _unknown(text)


def _unknown(text: str) -> BinanceError:
    return BinanceError(400, 2, f"Invalid request: unknown stream '{text[:64]}'")
