"""Candles and tickers equal what a plain count over all trades gives."""

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.events import Trade, TradeFlag
from domain.instruments import Asset, Measure, Steps
from domain.intervals import Interval, open_ns
from domain.orders import AggressorSide, Side
from domain.units import NS_PER_S
from market_data.candles import Candle, CandleBoard, TradeRow, seconds_of
from market_data.rolling import HOUR_S, WINDOW_S, RollingWindow

K, LOT_ATOMS = 10, 1_000
START_NS = 1_790_000_000 * NS_PER_S


def _at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NS_PER_S


@pytest.mark.parametrize(
    ("interval", "opened"),
    [
        ("1s", "2026-11-19T13:47:31"),
        ("1m", "2026-11-19T13:47:00"),
        ("3m", "2026-11-19T13:45:00"),
        ("5m", "2026-11-19T13:45:00"),
        ("15m", "2026-11-19T13:45:00"),
        ("30m", "2026-11-19T13:30:00"),
        ("1h", "2026-11-19T13:00:00"),
        ("2h", "2026-11-19T12:00:00"),
        ("4h", "2026-11-19T12:00:00"),
        ("6h", "2026-11-19T12:00:00"),
        ("8h", "2026-11-19T08:00:00"),
        ("12h", "2026-11-19T12:00:00"),
        ("1d", "2026-11-19T00:00:00"),
        ("1w", "2026-11-16T00:00:00"),
        ("1M", "2026-11-01T00:00:00"),
    ],
)
def test_every_interval_opens_where_the_calendar_says(interval: str, opened: str) -> None:
    ts_ns = _at("2026-11-19T13:47:31") + 123_456_789
    assert open_ns(Interval(interval), ts_ns) == _at(opened)


def test_a_candle_holds_its_opening_and_not_its_end() -> None:
    for interval in Interval:
        opened = open_ns(interval, START_NS)
        assert open_ns(interval, opened) == opened
        assert open_ns(interval, opened - 1) < opened


def _trades(seed: int, count: int, gap_ns_max: int) -> list[Trade]:
    draws = random.Random(seed)
    ts_ns, price, trades = START_NS, 100_000, []
    for trade_id in range(1, count + 1):
        ts_ns += draws.randrange(gap_ns_max)
        price = max(1, price + draws.randrange(-50, 51))
        side = draws.choice([Side.BUY, Side.SELL])
        trades.append(
            Trade(
                ts_ns=ts_ns,
                trade_id=trade_id,
                instrument_id=1,
                aggressor_side=AggressorSide(side),
                maker_side=side.opposite,
                flags=TradeFlag(0),
                maker_order_id=1,
                taker_order_id=2,
                maker_account_id=1000,
                taker_account_id=1001,
                price_ticks=price,
                qty_lots=draws.randrange(1, 100),
                book_seq=trade_id,
                maker_fee_atoms=0,
                taker_fee_atoms=0,
                maker_received_available_atoms=0,
                maker_held_atoms=0,
                taker_received_available_atoms=0,
                taker_available_atoms=0,
                taker_held_atoms=0,
            )
        )
    return trades


def _row(trade: Trade) -> TradeRow:
    return (
        trade.instrument_id,
        trade.trade_id,
        trade.ts_ns,
        trade.price_ticks,
        trade.qty_lots,
        trade.aggressor_side,
    )


def candle_of(trade: Trade, k: int, lot_atoms: int) -> Candle:
    """Return the candle of a single trade."""
    (candle,) = seconds_of([_row(trade)], k, lot_atoms)
    return candle


def _plain(trades: list[Trade], opened: int) -> Candle:
    prices = [trade.price_ticks for trade in trades]
    bought = [trade for trade in trades if trade.aggressor_side is AggressorSide.BUY]
    return Candle(
        opened,
        prices[0],
        max(prices),
        min(prices),
        prices[-1],
        sum(trade.qty_lots for trade in trades),
        sum(trade.qty_lots * trade.price_ticks * K for trade in trades),
        len(trades),
        sum(trade.qty_lots for trade in bought),
        sum(trade.qty_lots * trade.price_ticks * K for trade in bought),
        steps=Steps.of(K, LOT_ATOMS),
    )


@pytest.mark.parametrize("batch", [1, 7, 500])
def test_candles_of_every_interval_equal_a_plain_count_however_trades_are_batched(
    batch: int,
) -> None:
    trades = _trades(seed=batch, count=2_000, gap_ns_max=100 * NS_PER_S)
    board, kept = CandleBoard(), {}
    for at in range(0, len(trades), batch):
        kept.update(board.add(seconds_of(map(_row, trades[at : at + batch]), K, LOT_ATOMS)))
    for interval in Interval:
        grouped: dict[int, list[Trade]] = {}
        for trade in trades:
            grouped.setdefault(open_ns(interval, trade.ts_ns), []).append(trade)
        expected = {(interval, opened): _plain(group, opened) for opened, group in grouped.items()}
        assert {key: kept[key] for key in kept if key[0] is interval} == expected


def test_a_board_restored_from_its_open_candles_goes_on_as_if_never_stopped() -> None:
    trades = [
        candle_of(trade, K, LOT_ATOMS) for trade in _trades(seed=3, count=300, gap_ns_max=NS_PER_S)
    ]
    whole, kept = CandleBoard(), {}
    for second in trades:
        kept.update(whole.add([second]))
    first, stored = CandleBoard(), {}
    for second in trades[:150]:
        stored.update(first.add([second]))
    newest = {interval: max(o for i, o in stored if i is interval) for interval in Interval}
    second_half = CandleBoard({i: stored[i, opened] for i, opened in newest.items()})
    for second in trades[150:]:
        stored.update(second_half.add([second]))
    assert stored == kept


@pytest.mark.parametrize(("window_s", "gap_s"), [(WINDOW_S, 200), (HOUR_S, 9)])
def test_the_ticker_equals_a_plain_count_of_all_trades_since_it_begins(
    window_s: int, gap_s: int
) -> None:
    trades = _trades(seed=5, count=3_000, gap_ns_max=gap_s * NS_PER_S)
    window = RollingWindow(window_s)
    for at, trade in enumerate(trades):
        window.add(candle_of(trade, K, LOT_ATOMS))
        if at % 97:
            continue
        now_ns = trade.ts_ns
        ticker = window.ticker(now_ns)
        assert ticker is not None
        assert 0 <= now_ns - window_s * NS_PER_S - ticker.since_ns < NS_PER_S
        inside = [t for t in trades[: at + 1] if t.ts_ns >= ticker.since_ns]
        expected = _plain(inside, 0)
        assert (ticker.open_ticks, ticker.high_ticks, ticker.low_ticks, ticker.last_ticks) == (
            expected.open_ticks,
            expected.high_ticks,
            expected.low_ticks,
            expected.close_ticks,
        )
        assert (ticker.volume_lots, ticker.quote_volume_atoms, ticker.trades) == (
            expected.volume_lots,
            expected.quote_volume_atoms,
            expected.trades,
        )


def test_a_trade_leaves_the_window_with_its_second_and_not_before() -> None:
    window = RollingWindow(HOUR_S)
    (trade,) = _trades(seed=1, count=1, gap_ns_max=2)
    at_ns = START_NS + 999_999_999
    window.add(candle_of(replace(trade, ts_ns=at_ns), K, LOT_ATOMS))
    still_ns = at_ns + HOUR_S * NS_PER_S
    assert not window.loses(still_ns)
    inside = window.ticker(still_ns)
    assert inside is not None and inside.trades == 1
    assert window.loses(still_ns + 1)
    outside = window.ticker(still_ns + 1)
    assert outside is not None and outside.trades == 0


def test_a_quiet_day_shows_the_last_price_and_no_volume() -> None:
    window = RollingWindow()
    assert window.ticker(START_NS) is None
    trade = _trades(seed=1, count=1, gap_ns_max=2)[0]
    window.add(candle_of(replace(trade, price_ticks=77), K, LOT_ATOMS))
    ticker = window.ticker(trade.ts_ns + (WINDOW_S + 2) * NS_PER_S)
    assert ticker is not None
    assert (ticker.last_ticks, ticker.open_ticks, ticker.volume_lots, ticker.trades) == (
        77,
        77,
        0,
        0,
    )


BTC, USDT = Asset(1, "BTC"), Asset(2, "USDT")


def _said(candle: Candle) -> tuple[str, ...]:
    """Return open, high, low, close and volume as they are told."""
    told = Measure(BTC, USDT, candle.steps)
    prices = (candle.open_ticks, candle.high_ticks, candle.low_ticks, candle.close_ticks)
    return (*map(told.price_text, prices), told.qty_text(candle.volume_lots))


def test_a_trade_of_an_auction_counts_once_and_nobody_took() -> None:
    (trade,) = _trades(seed=1, count=1, gap_ns_max=NS_PER_S)
    candle = candle_of(replace(trade, aggressor_side=AggressorSide.NONE), K, LOT_ATOMS)
    assert (candle.volume_lots, candle.trades) == (trade.qty_lots, 1)
    assert (candle.taker_buy_lots, candle.taker_buy_quote_atoms) == (0, 0)


@pytest.mark.parametrize(
    ("k", "lot_atoms", "price_ticks", "said"),
    [
        # A tick of 0.01 and a lot of 0.00001 before; then 1 and 0.001, or 0.001 and as before.
        (10**5, 10**5, 64_000, ("1000.07", "64000.00", "1000.07", "64000.00", "0.02003")),
        (1, 1_000, 64_000_001, ("1000.070", "64000.001", "1000.070", "64000.001", "0.00023")),
    ],
)
def test_a_candle_with_trades_in_two_units_says_exactly_what_was_traded(
    k: int, lot_atoms: int, price_ticks: int, said: tuple[str, ...]
) -> None:
    (trade,) = _trades(seed=1, count=1, gap_ns_max=NS_PER_S)
    before = candle_of(replace(trade, price_ticks=100_007, qty_lots=3), K, LOT_ATOMS)
    after = candle_of(replace(trade, price_ticks=price_ticks, qty_lots=20), k, lot_atoms)
    both = before.merged(after)
    assert _said(both) == said
    assert both.quote_volume_atoms == before.quote_volume_atoms + after.quote_volume_atoms
    assert both.merged(after).trades == 3


def test_units_too_far_apart_for_one_candle_leave_the_later_trades() -> None:
    (trade,) = _trades(seed=1, count=1, gap_ns_max=NS_PER_S)
    before = candle_of(replace(trade, price_ticks=2**50), 10**16, 1)
    after = candle_of(replace(trade, ts_ns=trade.ts_ns), 1, 10**8)
    assert before.merged(after) == after


def test_a_window_goes_on_through_a_change_of_units() -> None:
    (trade,) = _trades(seed=1, count=1, gap_ns_max=NS_PER_S)
    window = RollingWindow()
    window.add(candle_of(replace(trade, price_ticks=100_007, qty_lots=3), K, LOT_ATOMS))
    later = replace(trade, ts_ns=trade.ts_ns + NS_PER_S, price_ticks=999, qty_lots=2)
    for _ in range(2):
        window.add(candle_of(later, 10**5, 10**5))
    ticker = window.ticker(trade.ts_ns + 2 * NS_PER_S)
    assert ticker is not None
    told = Measure(BTC, USDT, ticker.steps)
    assert told.price_text(ticker.open_ticks) == told.price_text(ticker.high_ticks) == "1000.07"
    assert told.price_text(ticker.low_ticks) == told.price_text(ticker.last_ticks) == "999.00"
    assert (told.qty_text(ticker.volume_lots), ticker.trades) == ("0.00403", 3)
