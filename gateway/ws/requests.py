"""What a client may say over the WebSocket; told apart by ``op``."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.types import trading as api
from gateway.types.markets import BookLevels, TickerWindow

RequestId = int | str | None
ChannelName = Literal[
    "book",
    "best",
    "book_orders",
    "trades",
    "ticker",
    "candles",
    "instruments",
    "orders",
    "fills",
    "balances",
]


class Subscribe(Struct, tag_field="op", tag="subscribe", forbid_unknown_fields=True, kw_only=True):
    """Begin to receive a channel. ``interval`` is for candles, ``window`` for tickers; a book has
    an ``interval_ms`` (0: each change by itself) and, if it is not to be whole, ``levels`` or a
    ``group`` of prices.
    """

    channel: ChannelName
    symbol: api.Symbol | None = None
    interval: api.Interval | None = None
    interval_ms: Literal[0, 10, 50, 100, 1000] | None = None
    levels: BookLevels | None = None
    group: api.Decimal | None = None
    window: TickerWindow | None = None
    resume_from: Annotated[int, Meta(ge=0, le=2**53 - 1)] | None = None
    """Of orders, fills and balances: the last ``seq`` that was read; what was missed follows."""
    id: RequestId = None


class Unsubscribe(Subscribe, tag_field="op", tag="unsubscribe"):
    """Stop receiving a channel."""


class Auth(Struct, tag_field="op", tag="auth", forbid_unknown_fields=True, kw_only=True):
    """Say who is asking: an access token, or a key that signed the time and this path."""

    token: str | None = None
    api_key: str | None = None
    timestamp: int | str | None = None
    signature: str | None = None
    account_id: Annotated[int, Meta(ge=1, le=2**32 - 1)] | None = None
    """Which of the login's accounts this connection is for; its main account without it."""
    id: RequestId = None


class Ping(Struct, tag_field="op", tag="ping", forbid_unknown_fields=True, kw_only=True):
    """Ask for an answer."""

    id: RequestId = None


class Place(api.NewOrderRequest, tag_field="op", tag="place", kw_only=True):
    """Enter an order."""

    id: RequestId = None


class Replace(api.ReplaceRequest, tag_field="op", tag="replace", kw_only=True):
    """Amend an order."""

    order_id: api.OrderId
    id: RequestId = None


class Cancel(Struct, tag_field="op", tag="cancel", forbid_unknown_fields=True, kw_only=True):
    """Cancel an order by either id."""

    order_id: api.OrderId | None = None
    client_order_id: api.ClientOrderId | None = None
    id: RequestId = None


class CancelAll(Struct, tag_field="op", tag="cancel_all", forbid_unknown_fields=True, kw_only=True):
    """Cancel all orders, in one instrument or all."""

    symbol: api.Symbol | None = None
    id: RequestId = None


class CancelAllAfter(
    api.CancelAllAfterRequest, tag_field="op", tag="cancel_all_after", kw_only=True
):
    """Cancel all orders after a while, unless asked again before."""

    id: RequestId = None


class PlaceList(api.NewOrderListRequest, tag_field="op", tag="place_list", kw_only=True):
    """Enter two orders of which one cancels the other."""

    id: RequestId = None


class CancelList(
    Struct, tag_field="op", tag="cancel_list", forbid_unknown_fields=True, kw_only=True
):
    """Cancel what is open of a list."""

    list_id: api.OrderId
    id: RequestId = None


OrderRequest = Place | Replace | Cancel | CancelAll | CancelAllAfter | PlaceList | CancelList
AnyRequest = Subscribe | Unsubscribe | Auth | Ping | OrderRequest


class IdOnly(Struct):
    """Of a request that is not understood, as much as its answer needs."""

    id: RequestId = None
