"""Strategies trade on the real core: the same every time, on both twins, and by their own word."""

import random
from collections.abc import Iterator
from typing import Final

import pytest

from backtest.participants import Participant, trade
from backtest.venue import Venue
from domain.commands import (
    Command,
    CreateAsset,
    CreateInstrument,
    Deposit,
    OpenAccount,
    SetTradingStatus,
)
from domain.events import OrderRejected, OutcomeResult, Trade
from domain.instruments import Asset, Instrument, define
from domain.orders import Side, TradingStatus
from domain.units import NS_PER_S
from engine_core import CORES, core_type
from engine_core.contract import Core
from schemas.codec import decode_events
from trading_bot.strategies import STRATEGIES, Setting
from trading_bot.strategy import Desired, MarketView, Quote, Take

BASE, QUOTE = Asset(1, "BTC"), Asset(2, "USDT")
BTC_USDT: Final[Instrument] = define(
    1, BASE, QUOTE, tick_size="0.01", lot_size="0.00001", maker_fee_ppm=0, taker_fee_ppm=0
)
START_NS = 1_790_000_000 * NS_PER_S
FUNDS = 10**17


def _opening() -> Iterator[Command]:
    for asset in (BASE, QUOTE):
        yield CreateAsset(asset_id=asset.asset_id, scale=asset.scale, name=asset.name.encode())
    yield CreateInstrument(
        instrument_id=1,
        symbol=b"BTC-USDT",
        base_asset_id=1,
        quote_asset_id=2,
        quote_atoms_per_tick_lot=BTC_USDT.quote_atoms_per_tick_lot,
        base_atoms_per_lot=BTC_USDT.base_atoms_per_lot,
        maker_fee_ppm=0,
        taker_fee_ppm=0,
        band_bps=1_000,
    )
    yield SetTradingStatus(instrument_id=1, trading_status=TradingStatus.TRADING)
    for number, account_id in enumerate((7, 8)):
        yield OpenAccount(account_id=account_id, group_id=account_id)
        for asset_id in (1, 2):
            yield Deposit(
                account_id=account_id,
                asset_id=asset_id,
                amount_atoms=FUNDS,
                source_id=1,
                source_seq=2 * number + asset_id,
            )


def _venue(core: Core, events: list[bytes]) -> Venue:
    venue = Venue(core, lambda _, __, made: events.append(made))
    outcomes = venue.execute(list(_opening()), START_NS - NS_PER_S)
    assert all(one.result is OutcomeResult.DONE for one in outcomes)
    return venue


def _bots(seed: int) -> list[Participant]:
    participants = []
    for account_id, name in ((7, "market_maker"), (8, "noise_taker")):
        draws = random.Random(f"{seed}:{name}")
        setting = Setting(BTC_USDT, 6_400_000, FUNDS, START_NS, draws)
        participants.append(Participant(account_id, BTC_USDT, STRATEGIES[name].make(setting)))
    return participants


def _traded(core: Core, seed: int, seconds: int) -> bytes:
    events: list[bytes] = []
    venue = _venue(core, events)
    for _ in trade(venue, _bots(seed), START_NS, START_NS + seconds * NS_PER_S):
        pass
    return b"".join(events)


def test_the_same_participants_make_the_same_market_on_both_twins() -> None:
    first, second = (_traded(core_type(twin)(), seed=1, seconds=60) for twin in CORES)
    assert first == second == _traded(core_type("compiled")(), seed=1, seconds=60)
    assert _traded(core_type("compiled")(), seed=2, seconds=60) != first
    events = decode_events(first)
    assert sum(isinstance(event, Trade) for event in events) > 20
    assert not [event for event in events if isinstance(event, OrderRejected)]


class Scripted:
    """Wants what it is told to want, look after look; keeps what it was shown."""

    def __init__(self, *wanted: Desired) -> None:
        self._wanted = list(wanted)
        self.seen: list[MarketView] = []

    def pause_ns(self) -> int:
        """Return a second."""
        return NS_PER_S

    def on_timer(self, view: MarketView) -> Desired:
        """Return the next wish, and in the end nothing."""
        self.seen.append(view)
        return self._wanted.pop(0) if self._wanted else Desired()


@pytest.mark.parametrize("twin", CORES)
def test_a_strategy_is_shown_what_its_orders_did(twin: str) -> None:
    bids = tuple(Quote(Side.BUY, price, 10) for price in (90, 100))
    maker = Scripted(
        Desired(quotes=bids),
        Desired(quotes=(Quote(Side.BUY, 95, 10), Quote(Side.SELL, 120, 10))),
    )
    taker = Scripted(Desired(takes=(Take(Side.SELL, 4),)))
    venue = _venue(core_type(twin)(), [])
    participants = [
        Participant(7, BTC_USDT, maker, levels=1, size=2),
        Participant(8, BTC_USDT, taker, size=2),
    ]
    looks = list(trade(venue, participants, START_NS, START_NS + 3 * NS_PER_S))
    assert looks == [START_NS + at * NS_PER_S for at in (0, 0, 1, 1, 2, 2)]
    # Of two bids the best is entered, twice as large; twice as much is sold into it.
    assert (taker.seen[0].best_bid_ticks, taker.seen[0].best_ask_ticks) == (100, None)
    sold = 8 * BTC_USDT.base_atoms_per_lot
    assert maker.seen[1].base_atoms == FUNDS + sold == 2 * FUNDS - taker.seen[1].base_atoms
    # What is left of it moves to the new price, with what it has filled on top.
    assert [tuple(row)[4:8] for row in venue.core.orders()] == []
    assert (taker.seen[2].best_bid_ticks, taker.seen[2].best_ask_ticks) == (None, None)
    assert (taker.seen[1].best_bid_ticks, taker.seen[1].best_ask_ticks) == (95, 120)
