"""The native API's requests and answers about bots. They validate, and the OpenAPI document is made
of them.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.types.trading import Decimal, OrderId, Request, Symbol

BotName = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,47}$")]
ParameterText = Annotated[str, Meta(max_length=512)]
ParameterTexts = dict[str, ParameterText]


class BotParameter(Struct):
    """One parameter of a strategy; ``value`` is what a bot has it set to."""

    name: str
    type: str
    default: str
    description: str
    value: str | None = None


class BotStrategy(Struct):
    """A strategy there is."""

    name: str
    summary: str
    symbols: int
    role: str
    parameters: list[BotParameter]


class BotHolding(Struct):
    """What a bot has made of one instrument since it started; money in the quote asset."""

    symbol: str
    position: str
    realised: str
    unrealised: str
    fees: str
    net: str
    volume: str
    fills: int
    maker_fills: int


class BotOrder(Struct):
    """An open order of a bot."""

    symbol: str
    order_id: OrderId
    side: Literal["buy", "sell"]
    price: Decimal
    qty: Decimal


class Bot(Struct, kw_only=True):
    """One bot as it is now. ``reason``: why it waits or failed."""

    name: str
    strategy: str
    symbols: list[str]
    role: str
    state: Literal["starting", "trading", "waiting", "stopped", "failed"]
    reason: str = ""
    parameters: list[BotParameter]
    holdings: list[BotHolding] = []
    orders: list[BotOrder] = []


class Bots(Struct):
    """All bots, and the strategies there are for more."""

    bots: list[Bot]
    strategies: list[BotStrategy]


class NewBot(Request, kw_only=True):
    """A bot to start: a strategy of the list, its instruments, the parameters that are not at their
    defaults.
    """

    name: BotName
    strategy: Annotated[str, Meta(pattern="^[a-z0-9_]{1,48}$")]
    symbols: Annotated[list[Symbol], Meta(min_length=1, max_length=10)]
    parameters: ParameterTexts = {}


class BotParameterChange(Request):
    """Parameters to set; the others stay."""

    parameters: ParameterTexts
