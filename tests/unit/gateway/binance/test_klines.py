"""Candles have no holes, and a closed live candle is what REST says of it ever after."""

from types import SimpleNamespace
from typing import cast

import pytest

from domain.events import Trade, TradeFlag
from domain.intervals import Interval, next_open_ns, open_ns
from domain.orders import AggressorSide, Side
from gateway.binance import klines
from gateway.binance.klines import flat, without_holes
from gateway.binance.live_klines import GRACE_MAX_NS, GRACE_NS, KlineUpdate, LiveKline
from gateway.calls.market_data_client import CandleRow, MarketDataClient
from gateway.services import Services
from gateway.state.market import Market

MINUTE_NS = 60 * 10**9
START_NS = open_ns(Interval.M1, 1_760_000_000 * 10**9)


def candle(minute: int, close: int = 100, trades: int = 1) -> CandleRow:
    opened_ns = START_NS + minute * MINUTE_NS
    return CandleRow(opened_ns, close, close, close, close, trades, close * trades, trades, 0, 0)


def trade(trade_id: int, minute: int, second: int = 0) -> Trade:
    return Trade(
        ts_ns=START_NS + minute * MINUTE_NS + second * 10**9,
        trade_id=trade_id,
        instrument_id=1,
        aggressor_side=AggressorSide.BUY,
        maker_side=Side.SELL,
        flags=TradeFlag(0),
        maker_order_id=1,
        taker_order_id=2,
        maker_account_id=1,
        taker_account_id=2,
        price_ticks=100,
        qty_lots=1,
        book_seq=1,
        maker_fee_atoms=0,
        taker_fee_atoms=0,
        maker_received_available_atoms=0,
        maker_held_atoms=0,
        taker_received_available_atoms=0,
        taker_available_atoms=0,
        taker_held_atoms=0,
    )


def test_an_interval_without_a_trade_is_flat_at_the_last_close() -> None:
    rows = [candle(0, 100), candle(3, 107)]
    filled = list(without_holes(Interval.M1, rows, START_NS + 4 * MINUTE_NS))
    assert [(row.close_ticks, row.trades) for row in filled] == [
        (100, 1),
        (100, 0),
        (100, 0),
        (107, 1),
        (107, 0),
    ]
    opens = [row.ts_open_ns for row in filled]
    assert opens == [START_NS + minute * MINUTE_NS for minute in range(5)]


class Stored(MarketDataClient):
    """One candle, of long ago."""

    def __init__(self) -> None:
        self.rows = [candle(0, 107)]

    async def candles(
        self,
        instrument_id: int,
        interval: str,
        limit: int,
        start_ns: int | None,
        end_ns: int | None,
    ) -> list[CandleRow]:
        return [row for row in self.rows if start_ns is None or row.ts_open_ns >= start_ns]


async def test_after_a_long_silence_only_what_is_asked_for_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []
    real = klines.flat

    def counted(before: CandleRow, opened_ns: int) -> CandleRow:
        made.append(opened_ns)
        return real(before, opened_ns)

    monkeypatch.setattr(klines, "flat", counted)
    now_ns = START_NS + 9_000 * MINUTE_NS
    services = SimpleNamespace(clock=SimpleNamespace(now_ns=lambda: now_ns), market_data=Stored())
    market = SimpleNamespace(instrument=SimpleNamespace(instrument_id=1))
    rows = await klines.candles(
        cast(Services, services),
        cast(Market, market),
        Interval.M1,
        start_ns=None,
        end_ns=None,
        limit=3,
    )
    opens_ns = [START_NS + minute * MINUTE_NS for minute in (8_998, 8_999, 9_000)]
    assert [(row.ts_open_ns, row.close_ticks) for row in rows] == [(at, 107) for at in opens_ns]
    assert len(made) < 10


def test_before_the_first_trade_there_is_no_candle() -> None:
    assert list(without_holes(Interval.M1, [], START_NS)) == []


def test_months_and_weeks_follow_the_calendar() -> None:
    january = open_ns(Interval.MONTH1, 1_767_225_600 * 10**9)  # 2026-01-01
    february = next_open_ns(Interval.MONTH1, january)
    assert (february - january) // (86_400 * 10**9) == 31
    assert (next_open_ns(Interval.MONTH1, february) - february) // (86_400 * 10**9) == 28
    week = open_ns(Interval.W1, january)
    assert next_open_ns(Interval.W1, week) - week == 7 * 86_400 * 10**9


def test_a_candle_closes_when_its_time_is_over_and_all_its_trades_are_counted() -> None:
    live = LiveKline(Interval.M1, None, START_NS)
    trades = [trade(1, 0, 1), trade(2, 0, 30)]
    assert live.pushed(candle(0), trades) == [KlineUpdate(candle(0), 1, False)]
    after_ns = START_NS + MINUTE_NS + GRACE_NS
    # The second trade is known of and not yet in the candle: it would close without it.
    assert live.passed(after_ns, trades) == []
    assert live.pushed(candle(0, trades=2), trades) == [KlineUpdate(candle(0, trades=2), 1, False)]
    assert live.passed(START_NS + MINUTE_NS, trades) == []
    following = flat(candle(0), START_NS + MINUTE_NS)
    assert live.passed(after_ns, trades) == [
        KlineUpdate(candle(0, trades=2), 1, True),
        KlineUpdate(following, -1, False),
    ]


def test_the_next_candle_closes_the_one_before_and_the_silence_between() -> None:
    live = LiveKline(Interval.M1, candle(0), START_NS)
    trades = [trade(1, 0), trade(2, 3)]
    updates = live.pushed(candle(3, 105), trades)
    assert [(one.row.trades, one.closed, one.first_id) for one in updates] == [
        (1, True, 1),
        (0, True, -1),
        (0, True, -1),
        (1, False, 2),
    ]
    assert live.pushed(candle(1), trades) == []


def test_a_candle_that_cannot_be_shown_to_be_whole_closes_in_the_end() -> None:
    live = LiveKline(Interval.M1, None, START_NS)
    known = [trade(50, 0, 59)]  # the candle began before what is remembered
    live.pushed(candle(0, trades=40), known)
    assert live.passed(START_NS + MINUTE_NS + GRACE_NS, known) == []
    closed = live.passed(START_NS + MINUTE_NS + GRACE_MAX_NS, known)
    assert [(one.closed, one.first_id) for one in closed] == [(True, -1), (False, -1)]


def test_whoever_comes_after_a_silence_sees_the_present_candle() -> None:
    now_ns = START_NS + 10 * MINUTE_NS + 5
    live = LiveKline(Interval.M1, candle(0), now_ns)
    (closed, following) = live.passed(now_ns + MINUTE_NS + GRACE_NS, [trade(1, 0)])
    assert closed == KlineUpdate(flat(candle(0), START_NS + 10 * MINUTE_NS), -1, True)
    assert following.row.ts_open_ns == START_NS + 11 * MINUTE_NS
