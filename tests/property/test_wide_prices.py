"""Prices from one tick to 2**53 - 1, in clusters, drifting, and one by one: the compiled book's
ladder moves, its tree of far levels grows and shrinks, and nobody can tell.
"""

import struct
from collections.abc import Callable, Iterator
from itertools import islice
from random import Random

import pytest
from sortedcontainers import SortedDict

from domain.client_order_ids import pack_client_order_id
from domain.commands import (
    CancelOrder,
    Command,
    CreateAsset,
    CreateInstrument,
    Deposit,
    NewOrder,
    OpenAccount,
    ReplaceOrder,
    SetTradingStatus,
)
from domain.orders import OrderType, SelfTradePrevention, Side, TimeInForce, TradingStatus
from domain.units import PRICE_TICKS_MAX
from engine_core import core_type
from engine_core.contract import OrderRow
from matching._book import OrderBook
from schemas.codec import decode_events, encode_command

_BOOK_COMMAND = struct.Struct("<6BHQqqII")
_NEW_ORDER, _CANCEL_ORDER = 1, 2
MIDDLE_TICKS = 2**40


def scattered(random: Random) -> Iterator[int]:
    """Distances from the middle, up to 2**39, most of them alone."""
    while True:
        yield random.randrange(1, 2 ** random.randrange(1, 40))


def clustered(random: Random) -> Iterator[int]:
    """A few distances far apart, and some ticks about each."""
    while True:
        yield 1 + random.randrange(12) * 2**20 + random.randrange(4) * 100 + random.randrange(3)


def drifting(random: Random) -> Iterator[int]:
    """The market moves away by more than a ladder, and comes back."""
    centre = 2**24
    while True:
        centre = max(2**20, centre + random.randrange(-30_000, 30_001) + random.choice((-9_000, 0)))
        yield centre + random.randrange(200) * random.choice((1, 1, 1_000))


def worst_bits(random: Random) -> Iterator[int]:
    """Distances that differ in one bit each: the deepest tree there is."""
    while True:
        yield (1 << random.randrange(39)) | (1 << random.randrange(39))


PATTERNS = (scattered, clustered, drifting, worst_bits)


@pytest.mark.parametrize("side", Side, ids=lambda side: side.name)
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.__name__)
def test_depth_is_that_of_a_sorted_map(
    pattern: Callable[[Random], Iterator[int]], side: Side
) -> None:
    random = Random(pattern.__name__)
    book = OrderBook()
    levels: SortedDict[int, int] = SortedDict()
    live: list[tuple[int, int, int]] = []
    for order_id, distance in enumerate(islice(pattern(random), 12_000), start=1):
        growing = order_id % 6_000 < 3_000
        if live and random.randrange(100) < (30 if growing else 85):
            at = random.randrange(len(live))
            live[at], live[-1] = live[-1], live[at]
            target, price_ticks, qty_lots = live.pop()
            book.apply(_BOOK_COMMAND.pack(_CANCEL_ORDER, 0, 0, 0, 0, 0, 0, target, 0, 0, 0, 0))
            levels[price_ticks] -= qty_lots
            if not levels[price_ticks]:
                del levels[price_ticks]
        price_ticks = MIDDLE_TICKS + (-distance if side is Side.BUY else distance)
        if growing or random.randrange(4) == 0:
            qty_lots = random.randrange(1, 9)
            head = (_NEW_ORDER, side, 1, 1, 1, 0, 0)
            book.apply(_BOOK_COMMAND.pack(*head, order_id, price_ticks, qty_lots, 0, 0))
            live.append((order_id, price_ticks, qty_lots))
            levels[price_ticks] = levels.get(price_ticks, 0) + qty_lots
        if order_id % 400 == 0:
            best_first = sorted(levels.items(), reverse=side is Side.BUY)
            assert book.depth(side, len(levels) + 1) == best_first
            assert book.open_orders == len(live)


class WideMarket:
    """Random orders around a price that wanders over every magnitude, on one instrument."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._price_ticks = 10**6
        self._requests = 0

    def setup(self) -> Iterator[Command]:
        """Yield what makes the venue. One atom is one lot, and one lot at a tick: prices may go as
        high as there are.
        """
        yield CreateAsset(asset_id=1, scale=0, name=b"BASE")
        yield CreateAsset(asset_id=2, scale=0, name=b"QUOTE")
        yield CreateInstrument(
            instrument_id=1,
            symbol=b"BASE-QUOTE",
            base_asset_id=1,
            quote_asset_id=2,
            quote_atoms_per_tick_lot=1,
            base_atoms_per_lot=1,
            maker_fee_ppm=100,
            taker_fee_ppm=250,
            band_bps=20_000,
        )
        yield SetTradingStatus(instrument_id=1, trading_status=TradingStatus.TRADING)
        for at in range(4):
            yield OpenAccount(account_id=1000 + at, group_id=at // 2)
            for asset_id in (1, 2):
                yield Deposit(
                    account_id=1000 + at,
                    asset_id=asset_id,
                    amount_atoms=2**59,
                    source_id=asset_id,
                    source_seq=at + 1,
                )

    def command(self, open_orders: list[OrderRow]) -> Command:
        """Return the next command."""
        random = self._random
        self._requests += 1
        key = pack_client_order_id(f"r{self._requests}")
        if random.randrange(300) == 0:
            self._price_ticks = 10 ** random.randrange(2, 15)
        side = random.choice((Side.BUY, Side.SELL))
        away = random.randrange(2 ** random.randrange(1, 24))
        sign = 1 if (side is Side.SELL) == (random.randrange(12) > 0) else -1
        price_ticks = min(max(1, self._price_ticks + sign * away), PRICE_TICKS_MAX)
        qty_lots = random.randrange(1, max(2, min(500, 2**49 // price_ticks)))
        if open_orders and random.randrange(4) == 0:
            order_id, account_id, *_ = random.choice(open_orders)
            if random.randrange(2):
                return CancelOrder(account_id=account_id, order_id=order_id)
            return ReplaceOrder(
                account_id=account_id,
                order_id=order_id,
                price_ticks=price_ticks,
                qty_lots=qty_lots,
                valid_until_ns=10,
                request_id=key,
            )
        market = random.randrange(20) == 0
        return NewOrder(
            account_id=1000 + random.randrange(4),
            instrument_id=1,
            side=side,
            order_type=OrderType.MARKET if market else OrderType.LIMIT,
            time_in_force=TimeInForce.IOC if market else random.choice(list(TimeInForce)[:3]),
            self_trade_prevention=random.choice(list(SelfTradePrevention)),
            price_ticks=0 if market else price_ticks,
            qty_lots=qty_lots,
            valid_until_ns=10,
            client_order_id=key,
        )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_twins_agree_wherever_the_price_goes(seed: int) -> None:
    reference, compiled = core_type("reference")(), core_type("compiled")()
    market = WideMarket(seed)
    for command in market.setup():
        assert compiled.apply(encode_command(command), 1) == reference.apply(
            encode_command(command), 1
        )
    for _ in range(120):
        open_orders = reference.orders()
        batch = b"".join(encode_command(market.command(open_orders)) for _ in range(40))
        expected, said = reference.apply(batch, 2), compiled.apply(batch, 2)
        if said != expected:
            assert decode_events(said[0]) == decode_events(expected[0])
            assert said[1] == expected[1]
        assert compiled.depth(1, 1_000) == reference.depth(1, 1_000)
        assert compiled.state_hash() == reference.state_hash()
