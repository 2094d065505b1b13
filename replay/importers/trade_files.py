"""Trades in other venues' files, oldest first, as they were written: decimal text stays text.

Layouts: Binance's public data README, "Spot", sections Trades and AggTrades (comma-separated, no
header; times in milliseconds, from 2025 on in microseconds); Kraken's REST API reference, "Get
Recent Trades" (one answer, or several one after the other); the exchange's own export as CSV.
"""

import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, NamedTuple, cast

from domain.orders import AggressorSide
from domain.units import NS_PER_S
from replay.errors import BadStream

ANSWER_CHARS_MAX: Final = 64 << 20
"""One JSON answer; the venue's own are below 1 MB."""
_READ_CHARS: Final = 1 << 20
_LINE_CHARS_MAX: Final = 4_096
_MS_MAX: Final = 10**14
"""Unix milliseconds stay below until the year 5138, and microseconds are above since 1973."""
_OWN_HEADER: Final = "trade_id,price,qty,aggressor_side,ts_ns"
_BUY: Final = int(AggressorSide.BUY)
_SELL: Final = int(AggressorSide.SELL)
_OWN_SIDES: Final = {"none": int(AggressorSide.NONE), "buy": _BUY, "sell": _SELL}
_SELLER_TOOK: Final = {"true": _SELL, "false": _BUY}
"""What "the buyer was the maker" says of who took."""


class ForeignTrade(NamedTuple):
    """``trade_id``: the venue's, rising; ``trades``: how many this row stands for."""

    trade_id: int
    ts_ns: int
    price: str
    qty: str
    aggressor_side: int
    trades: int


Progress = Callable[[int], None]
"""Told how many bytes of the file have been read."""


def read_trades(
    path: Path, source: str, progress: Progress = lambda _: None
) -> Iterator[ForeignTrade]:
    """Yield a file's trades; ``source``: one of ``TRADE_SOURCES``.

    Raises:
        BadStream: a row is not of that layout; the message says which.
    """
    with _opened(path) as (text, position):
        if source == "kraken-trades":
            rows = _kraken(text)
        else:
            rows = _lines(text, _LINE_READERS[source])
        for number, row in enumerate(rows):
            if not number % 10_000:
                progress(position())
            yield row
        progress(position())


def detect_trades(path: Path) -> str | None:
    """Return which of ``TRADE_SOURCES`` a file is, by its first line; None: no trades."""
    with _opened(path) as (text, _):
        try:
            first = text.readline(_LINE_CHARS_MAX).strip()
        except UnicodeDecodeError:
            return None
    if first == _OWN_HEADER:
        return "openbell-trades"
    if first.startswith("{"):
        return "kraken-trades" if '"result"' in first or '"error"' in first else None
    fields = first.split(",")
    if fields[-1].lower() in _SELLER_TOOK and fields[-2].lower() in _SELLER_TOOK:
        return {7: "binance-trades", 8: "binance-agg-trades"}.get(len(fields))
    return None


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[str], Callable[[], int]]]:
    """Yield the text of a file, of a gzipped one or of the only one in a zip archive, and what
    tells how many bytes of the file on disk are read.
    """
    with path.open("rb") as file:
        try:
            data = _unpacked(file)
            yield io.TextIOWrapper(data, encoding="ascii", newline=None), file.tell
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise BadStream(f"{path} cannot be unpacked: {error}") from error
        except UnicodeDecodeError as error:
            raise BadStream(f"{path} is no text of trades: {error}") from error


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    begin = file.read(4)
    file.seek(0)
    if begin[:2] == b"\x1f\x8b":
        return cast(IO[bytes], gzip.GzipFile(fileobj=file))
    if begin != b"PK\x03\x04":
        return file
    archive = zipfile.ZipFile(file)
    names = archive.namelist()
    if len(names) != 1:
        raise BadStream(f"the archive holds {len(names)} files, not one")
    return archive.open(names[0])


def _lines(text: IO[str], read: Callable[[list[str]], ForeignTrade]) -> Iterator[ForeignTrade]:
    for number, line in enumerate(text, 1):
        fields = line.strip().split(",")
        if number == 1 and not fields[0].isdigit():
            continue  # a header
        try:
            yield read(fields)
        except (ValueError, KeyError, IndexError):
            raise BadStream(f"line {number}: {line.strip()[:100]!r} is no such trade") from None


def _binance_trade(fields: list[str]) -> ForeignTrade:
    trade_id, price, qty, _, moment, buyer_was_maker, _ = fields
    side = _SELLER_TOOK[buyer_was_maker.lower()]
    return ForeignTrade(int(trade_id), _binance_ns(moment), price, qty, side, 1)


def _binance_agg_trade(fields: list[str]) -> ForeignTrade:
    agg_id, price, qty, first_id, last_id, moment, buyer_was_maker, _ = fields
    side = _SELLER_TOOK[buyer_was_maker.lower()]
    count = int(last_id) - int(first_id) + 1
    if count < 1:
        raise ValueError
    return ForeignTrade(int(agg_id), _binance_ns(moment), price, qty, side, count)


def _binance_ns(text: str) -> int:
    moment = int(text)
    return moment * 1_000_000 if moment < _MS_MAX else moment * 1_000


def _own_trade(fields: list[str]) -> ForeignTrade:
    trade_id, price, qty, side, ts_ns = fields
    return ForeignTrade(int(trade_id), int(ts_ns), price, qty, _OWN_SIDES[side], 1)


_LINE_READERS: Final = {
    "binance-trades": _binance_trade,
    "binance-agg-trades": _binance_agg_trade,
    "openbell-trades": _own_trade,
}
TRADE_SOURCES: Final = (*_LINE_READERS, "kraken-trades")


def _kraken(text: IO[str]) -> Iterator[ForeignTrade]:
    # Numbers stay text: a binary fraction of a time would not be the one that was written.
    decoder, waiting = json.JSONDecoder(parse_float=str), ""
    while piece := text.read(_READ_CHARS):
        waiting = (waiting + piece).lstrip()
        while waiting:
            try:
                answer, end = decoder.raw_decode(waiting)
            except json.JSONDecodeError as error:
                if len(waiting) > ANSWER_CHARS_MAX:
                    raise BadStream(f"no JSON answer: {error}") from None
                break  # the rest of it is still to be read
            yield from _kraken_answer(answer)
            waiting = waiting[end:].lstrip()
    if waiting:
        raise BadStream("the last JSON answer is torn")


def _kraken_answer(answer: object) -> Iterator[ForeignTrade]:
    try:
        assert isinstance(answer, dict)
        if answer["error"]:
            raise BadStream(f"the answer is an error: {answer['error']}")
        pairs = [name for name in answer["result"] if name != "last"]
        (pair,) = pairs
        for price, qty, moment, side, _, _, trade_id in answer["result"][pair]:
            taker = {"b": _BUY, "s": _SELL}[side]
            yield ForeignTrade(int(trade_id), _seconds_ns(str(moment)), price, qty, taker, 1)
    except (AssertionError, ValueError, KeyError, TypeError) as error:
        raise BadStream(f"the JSON is no answer with the trades of one pair: {error}") from None


def _seconds_ns(text: str) -> int:
    """Return decimal seconds in ns; past the ninth decimal they are cut off."""
    whole, _, part = text.partition(".")
    return int(whole) * NS_PER_S + int(part[:9].ljust(9, "0"))
