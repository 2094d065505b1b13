"""The messages the gateway pushes, encoded once for all who read them."""

from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from gateway.types import trading as api
from gateway.types.markets import TickerWindow

_ENCODE: Final = msgspec.json.Encoder()


class BookSnapshot(Struct, tag_field="type", tag="snapshot"):
    """The whole book, up to a bound of levels; in an auction none, but what it would come to."""

    symbol: str
    interval_ms: int
    seq: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]
    auction: api.Auction | None
    ts_ns: str
    levels: int | UnsetType = UNSET
    group: str | UnsetType = UNSET
    channel: Literal["book"] = "book"


class BookDelta(Struct, tag_field="type", tag="delta"):
    """Levels that changed, absolute; quantity "0" removes."""

    symbol: str
    interval_ms: int
    prev: int
    seq: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]
    checksum: int
    ts_ns: str
    levels: int | UnsetType = UNSET
    group: str | UnsetType = UNSET
    channel: Literal["book"] = "book"


class Best(Struct):
    """The best bid and offer; null where there is none."""

    symbol: str
    interval_ms: int
    seq: int
    bid: str | None
    bid_qty: str | None
    ask: str | None
    ask_qty: str | None
    ts_ns: str
    channel: Literal["best"] = "best"


BookOrder = tuple[int, str, str, int]
"""order_id, price, qty shown, place: within a price the lower place trades first, then the lower
id.
"""


class BookOrdersSnapshot(Struct, tag_field="type", tag="snapshot"):
    """Every order of the book, first to trade first; none while it is ``hidden``."""

    symbol: str
    interval_ms: int
    seq: int
    bids: list[BookOrder]
    asks: list[BookOrder]
    hidden: bool
    ts_ns: str
    channel: Literal["book_orders"] = "book_orders"


class BookOrdersDelta(Struct, tag_field="type", tag="delta"):
    """Orders that came or changed, as they are now, and the ids of those that are gone."""

    symbol: str
    interval_ms: int
    prev: int
    seq: int
    gone: list[int]
    bids: list[BookOrder]
    asks: list[BookOrder]
    ts_ns: str
    channel: Literal["book_orders"] = "book_orders"


class Trades(Struct):
    """Public trades, newest first."""

    type: Literal["snapshot", "update"]
    symbol: str
    trades: list[api.PublicTrade]
    channel: Literal["trades"] = "trades"


class Ticker(Struct):
    """One ticker, over 24 hours or one."""

    symbol: str
    window: TickerWindow
    ticker: api.Ticker
    channel: Literal["ticker"] = "ticker"


class Candle(Struct):
    """One candle, open or just closed."""

    symbol: str
    interval: str
    candle: api.Candle
    channel: Literal["candles"] = "candles"


class Instruments(Struct):
    """All instruments, or those that are new or changed, and whether the exchange trades."""

    type: Literal["snapshot", "update"]
    venue_status: Literal["open", "halted"]
    instruments: list[api.InstrumentInfo]
    channel: Literal["instruments"] = "instruments"


class OrdersSnapshot(Struct, tag_field="type", tag="snapshot"):
    """All open orders of the account."""

    seq: int
    orders: list[api.Order]
    channel: Literal["orders"] = "orders"


class OrderUpdate(Struct, tag_field="type", tag="update"):
    """One order of the account as it is now."""

    prev: int
    seq: int
    order: api.Order
    channel: Literal["orders"] = "orders"


class FillsSnapshot(Struct, tag_field="type", tag="snapshot"):
    """Recent fills of the account, newest first."""

    seq: int
    fills: list[api.Fill]
    channel: Literal["fills"] = "fills"


class FillUpdate(Struct, tag_field="type", tag="update"):
    """One new fill of the account."""

    prev: int
    seq: int
    fill: api.Fill
    channel: Literal["fills"] = "fills"


class BalancesSnapshot(Struct, tag_field="type", tag="snapshot"):
    """All balances of the account."""

    seq: int
    balances: list[api.Balance]
    channel: Literal["balances"] = "balances"


class BalancesUpdate(Struct, tag_field="type", tag="update"):
    """The balances that changed."""

    prev: int
    seq: int
    balances: list[api.Balance]
    channel: Literal["balances"] = "balances"


class Heartbeat(Struct):
    """Proof of life. ``live``: whether what is shown is the present."""

    ts_ns: str
    live: bool
    channel: Literal["heartbeat"] = "heartbeat"


class Answer(Struct):
    """What a request came to; its ``result`` depends on the request's ``op``."""

    id: int | str | None
    result: Any
    ok: Literal[True] = True


class Refusal(Struct):
    """Why a request was refused; nothing changed."""

    id: int | str | None
    error: api.Error
    ok: Literal[False] = False


PUSHES: Final = (
    BookSnapshot,
    BookDelta,
    Best,
    BookOrdersSnapshot,
    BookOrdersDelta,
    Trades,
    Ticker,
    Candle,
    Instruments,
    OrdersSnapshot,
    OrderUpdate,
    FillsSnapshot,
    FillUpdate,
    BalancesSnapshot,
    BalancesUpdate,
    Heartbeat,
)


def encode(push: Struct) -> bytes:
    """Return a push as JSON."""
    return _ENCODE.encode(push)
