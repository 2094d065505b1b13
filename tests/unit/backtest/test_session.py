"""Strategies trade on the real core: the same every time, on both twins, and by their own word."""

from typing import Final

import pytest

from backtest.session import Session
from backtest.simulated_market import (
    BTC,
    INSTRUMENTS,
    START_PRICES,
    USDT,
    Bank,
    execute,
    opening,
    resident_trader,
    residents,
)
from backtest.trader import Trader
from backtest.venue import Venue
from domain.commands import SetTradingStatus
from domain.events import OrderRejected, Trade
from domain.orders import Side, TradingStatus
from domain.units import NS_PER_MS, NS_PER_S
from engine_core import CORES, core_type
from engine_core.contract import Core
from schemas.codec import decode_events
from trading_bot.desk import Desk
from trading_bot.strategy import Desired, MarketView, OwnFill, Quote, Strategy, Take

BTC_USDT: Final = INSTRUMENTS["BTC-USDT"]
START_NS = 1_790_000_000 * NS_PER_S
FUNDS = 10**17


def _venue(core: Core, events: list[bytes]) -> Venue:
    venue = Venue(core, lambda _, __, made: events.append(made))
    execute(venue, list(opening([BTC_USDT])), START_NS - NS_PER_S)
    bank = Bank(venue)
    for account_id in (7, 8, 9):
        bank.fund(account_id, {BTC: FUNDS, USDT: FUNDS}, START_NS - NS_PER_S)
    return venue


def _traded(core: Core, seed: int, seconds: int) -> bytes:
    events: list[bytes] = []
    venue = _venue(core, events)
    traders = [
        resident_trader(one, BTC_USDT, account_id, START_NS, seed, START_PRICES["BTC-USDT"])
        for account_id, one in zip((7, 8), residents(["BTC-USDT"]), strict=True)
    ]
    for _ in Session(venue, traders).run(START_NS, START_NS + seconds * NS_PER_S):
        pass
    return b"".join(events)


def test_the_same_bots_make_the_same_market_on_both_twins() -> None:
    first, second = (_traded(core_type(twin)(), seed=1, seconds=60) for twin in CORES)
    assert first == second == _traded(core_type("compiled")(), seed=1, seconds=60)
    assert _traded(core_type("compiled")(), seed=2, seconds=60) != first
    events = decode_events(first)
    assert sum(isinstance(event, Trade) for event in events) > 20
    assert not [event for event in events if isinstance(event, OrderRejected)]


class Scripted(Strategy):
    """Wants what it is told to want, look after look; keeps what it was shown."""

    def __init__(self, *wanted: Desired) -> None:
        self._wanted = list(wanted)
        self.seen: list[MarketView] = []
        self.fills: list[OwnFill] = []

    def on_fill(self, view: MarketView, fill: OwnFill) -> None:
        """Keep it."""
        self.fills.append(fill)

    def on_timer(self, view: MarketView) -> Desired:
        """Return the next wish, and in the end nothing."""
        self.seen.append(view)
        return self._wanted.pop(0) if self._wanted else Desired()


def _trader(account_id: int, strategy: Strategy, latency_ns: int = 0) -> Trader:
    desk = Desk(strategy, [BTC_USDT])
    return Trader(str(account_id), account_id, desk, {"BTC-USDT": 1}, latency_ns)


def _buy(price_ticks: int, qty_lots: int = 2_000_000) -> Quote:
    return Quote(Side.BUY, price_ticks, qty_lots)


@pytest.mark.parametrize("twin", CORES)
def test_a_strategy_is_shown_what_its_orders_did(twin: str) -> None:
    maker = Scripted(
        Desired(quotes=(_buy(100),)),
        Desired(quotes=(_buy(95), Quote(Side.SELL, 120, 2_000_000))),
    )
    taker = Scripted(Desired(takes=(Take(Side.SELL, 1_500_000),)))
    venue = _venue(core_type(twin)(), [])
    session = Session(venue, [_trader(7, maker), _trader(8, taker)])
    for _ in session.run(START_NS, START_NS + 3 * NS_PER_S):
        pass
    assert (taker.seen[0].best_bid_ticks, taker.seen[0].best_ask_ticks) == (100, None)
    assert taker.seen[0].best_bid_lots == 2_000_000
    assert maker.fills == [OwnFill("BTC-USDT", Side.BUY, 100, 1_500_000, 750_000, True)]
    assert maker.seen[1].position_lots == 1_500_000 == -taker.seen[1].position_lots
    bought = 1_500_000 * BTC_USDT.base_atoms_per_lot - 750_000
    assert maker.seen[1].base_atoms == FUNDS + bought
    assert (taker.seen[1].best_bid_ticks, taker.seen[1].best_ask_ticks) == (95, 120)
    # In the end nothing is wanted, and nothing rests.
    assert venue.core.orders() == []


def test_a_place_in_the_queue_is_the_one_that_was_come_to() -> None:
    """Two bids at one price: the later one trades only when the earlier is gone."""
    early, late = (Scripted(*[Desired(quotes=(_buy(100),))] * 9) for _ in range(2))
    nothing = [Desired()] * 2
    taker = Scripted(*nothing, *[Desired(takes=(Take(Side.SELL, 1_500_000),))] * 2)
    venue = _venue(core_type("compiled")(), [])
    traders = [_trader(7, early), _trader(8, late, latency_ns=NS_PER_MS), _trader(9, taker)]
    for _ in Session(venue, traders).run(START_NS, START_NS + 5 * NS_PER_S):
        pass
    assert [fill.qty_lots for fill in early.fills] == [1_500_000, 500_000]
    assert [fill.qty_lots for fill in late.fills] == [1_000_000]


def test_orders_arrive_after_the_latency_and_nothing_more_is_sent_meanwhile() -> None:
    maker = Scripted(Desired(quotes=(_buy(100),)), Desired(quotes=(_buy(90),)))
    trader = _trader(7, maker, latency_ns=1_500 * NS_PER_MS)
    rested: list[tuple[int, list[tuple[int, int]]]] = []
    venue = _venue(core_type("compiled")(), [])
    session = Session(
        venue, [trader], on_group=lambda ts_ns: rested.append((ts_ns, venue.core.depth(1, 5)[0]))
    )
    for _ in session.run(START_NS, START_NS + 6 * NS_PER_S):
        pass
    assert rested[0] == (START_NS + 1_500 * NS_PER_MS, [(100, 2_000_000)])
    # Wanted at 1 s, while the first was on its way, and sent when that had arrived; so was the end.
    assert rested[1:] == [
        (START_NS + 3_000 * NS_PER_MS, [(90, 2_000_000)]),
        (START_NS + 4_500 * NS_PER_MS, []),
    ]


def test_in_a_halt_the_quotes_are_taken_out_and_come_back_after_it() -> None:
    maker = Scripted(*[Desired(quotes=(_buy(100),))] * 9)
    venue = _venue(core_type("compiled")(), [])
    trader = _trader(7, maker)
    session = Session(venue, [trader])

    def status(new: TradingStatus) -> None:
        trader.desk.tops["BTC-USDT"].status = new.name.lower()
        execute(
            venue, [SetTradingStatus(instrument_id=1, trading_status=new)], venue.core.log_ts_ns
        )

    bids = []
    for at, ts_ns in enumerate(session.run(START_NS, START_NS + 5 * NS_PER_S)):
        bids.append(venue.core.depth(1, 5)[0])
        if at == 1:
            status(TradingStatus.HALT)
        if at == 3:
            status(TradingStatus.TRADING)
        assert ts_ns >= START_NS
    assert [bool(levels) for levels in bids] == [True, True, False, False, True]
