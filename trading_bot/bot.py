"""What a bot is to whoever starts, stops and watches it."""

import hashlib
import re
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from trading_bot.desk import Desk
from trading_bot.errors import BadParameter
from trading_bot.parameters import ParameterRow

NAME_PATTERN: Final = "^[A-Za-z0-9][A-Za-z0-9._-]{0,47}$"
_NAME: Final = re.compile(NAME_PATTERN)
_TAG_CHARS: Final = 10
State = Literal["starting", "trading", "waiting", "stopped", "failed"]
"""waiting: the exchange or the instrument is away, or does not trade."""


class BotSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One bot: a strategy, its instruments, the parameters that are set, whose keys it trades with
    (by default the strategy's own role), and whether it should run.
    """

    name: Annotated[str, Meta(pattern=NAME_PATTERN)]
    strategy: str
    symbols: Annotated[tuple[str, ...], Meta(min_length=1, max_length=10)]
    parameters: dict[str, str] = {}
    role: str | None = None
    running: bool = True

    @property
    def tag(self) -> str:
        """What its client order ids begin with: the same for every run of the same bot."""
        return hashlib.sha256(self.name.encode()).hexdigest()[:_TAG_CHARS]


def spec_of(text: str) -> BotSpec:
    """Return the bot that STRATEGY:SYMBOL or STRATEGY:SYMBOL+SYMBOL+… says.

    Raises:
        BadParameter: there is no symbol in it, or what it says is no name.
    """
    strategy, _, symbols = (part.strip() for part in text.partition(":"))
    if not symbols:
        raise BadParameter(f"{text!r}: STRATEGY:SYMBOL, such as market_maker:BTC-USDT")
    return BotSpec(
        name=checked_name(f"{strategy}-{symbols.replace('+', '_')}"),
        strategy=strategy,
        symbols=tuple(symbols.split("+")),
    )


def checked_name(name: str) -> str:
    """Return ``name`` if it is one.

    Raises:
        BadParameter: it is not.
    """
    if _NAME.fullmatch(name) is None:
        raise BadParameter(f"a bot's name is 1 to 48 of A-Z a-z 0-9 . _ -, not {name!r}")
    return name


class RestingOrder(msgspec.Struct, frozen=True):
    """An open order, decimal text."""

    symbol: str
    order_id: int
    side: str
    price: str
    qty: str


class Holding(msgspec.Struct, frozen=True):
    """What a bot has made of one instrument since it started: decimal text, money in quote."""

    symbol: str
    position: str
    realised: str
    unrealised: str
    fees: str
    net: str
    volume: str
    fills: int
    maker_fills: int


class BotReport(msgspec.Struct, frozen=True, kw_only=True):
    """One bot as it is now."""

    name: str
    strategy: str
    symbols: tuple[str, ...]
    role: str
    state: State
    reason: str = ""
    """Why it waits or failed."""
    parameters: list[ParameterRow]
    holdings: list[Holding] = []
    orders: list[RestingOrder] = []


def holdings_of(desk: Desk) -> list[Holding]:
    """Return what was made of each instrument."""
    rows = []
    for symbol, position in desk.positions.items():
        instrument = desk.instruments[symbol]
        made, text = position.profit(desk.mark_ticks(symbol)), instrument.quote.text
        rows.append(
            Holding(
                symbol=symbol,
                position=instrument.qty_text(made.position_lots),
                realised=text(made.realised_atoms),
                unrealised=text(made.unrealised_atoms),
                fees=text(made.fees_atoms),
                net=text(made.net_atoms),
                volume=text(made.volume_atoms),
                fills=made.fills,
                maker_fills=made.maker_fills,
            )
        )
    return rows


def resting_orders_of(desk: Desk) -> list[RestingOrder]:
    """Return the open orders of every instrument."""
    return [
        RestingOrder(
            symbol=symbol,
            order_id=order.order_id,
            side=order.side.name.lower(),
            price=desk.instruments[symbol].price_text(order.price_ticks),
            qty=desk.instruments[symbol].qty_text(order.leaves_qty_lots),
        )
        for symbol, orders in desk.orders.items()
        for order in orders.all()
    ]
