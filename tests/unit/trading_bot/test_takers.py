"""What the takers and the executions want, given a market."""

from dataclasses import replace

import pytest

from domain.orders import Side
from tests.unit.trading_bot.market import (
    BTC_USDT,
    ETH_BTC,
    ETH_USDT,
    START_TICKS,
    UNIT,
    VIEW,
    at_price,
    fill,
    later,
    made,
)
from trading_bot.errors import BadParameter
from trading_bot.rounding import lots_worth
from trading_bot.strategies.noise_taker import SHARE_OF_FUNDS_MAX
from trading_bot.strategy import Desired, MarketView, PublicTrade, Quote, Take

LOTS = lots_worth(BTC_USDT, 2_000, START_TICKS)


def test_noise_never_spends_more_than_its_share_of_what_it_has() -> None:
    taker = made("noise_taker")
    poor = replace(VIEW, base_atoms=UNIT // 100, quote_atoms=640 * UNIT)
    for _ in range(200):
        assert taker.pause_ns() > 0
        for take in taker.on_timer(poor).takes:
            sold = take.qty_lots * BTC_USDT.base_atoms_per_lot
            paid = BTC_USDT.notional_atoms(START_TICKS, take.qty_lots)
            spent, had = (
                (sold, poor.base_atoms) if take.side is Side.SELL else (paid, poor.quote_atoms)
            )
            assert spent <= had * SHARE_OF_FUNDS_MAX


def test_noise_takes_what_is_there_and_waits_while_nothing_is() -> None:
    taker = made("noise_taker")
    nothing = replace(VIEW, best_bid_ticks=None, best_ask_ticks=None)
    assert taker.on_timer(nothing).takes == ()
    # A maker that is full quotes one side: unless that one is taken, there is never another again.
    for side, missing in ((Side.SELL, "best_ask_ticks"), (Side.BUY, "best_bid_ticks")):
        one_sided = [taker.on_timer(replace(VIEW, **{missing: None})) for _ in range(20)]
        assert {take.side for desired in one_sided for take in desired.takes} == {side}


def test_noise_comes_in_bursts_and_a_side_follows_itself() -> None:
    taker = made("noise_taker", excitation=0.8)
    pauses_ns, sides = [], []
    for _ in range(4_000):
        pauses_ns.append(taker.pause_ns())
        sides += [take.side for take in taker.on_timer(VIEW).takes]
    mean_ns = sum(pauses_ns) / len(pauses_ns)
    variance = sum((pause - mean_ns) ** 2 for pause in pauses_ns) / len(pauses_ns)
    assert variance > 1.5 * mean_ns**2  # of a Poisson process they are equal
    same = sum(one is two for one, two in zip(sides, sides[1:], strict=False))
    assert 0.6 < same / len(sides) < 0.7


def test_an_aggressive_taker_goes_with_the_heavy_side_then_rests() -> None:
    taker = made("aggressive_taker", imbalance=0.7, rest_ms=1_000)
    assert taker.on_book(VIEW) is None
    heavy = replace(VIEW, best_bid_lots=9_000)
    (take,) = taker.on_book(heavy).takes
    assert (take.side, take.price_ticks) == (Side.BUY, VIEW.best_ask_ticks)
    assert taker.on_book(later(heavy, 0.9)) is None
    (take,) = taker.on_book(later(heavy, 1.1, best_bid_lots=10, best_ask_lots=900)).takes
    assert (take.side, take.price_ticks) == (Side.SELL, VIEW.best_bid_ticks)
    full = lots_worth(BTC_USDT, 5_000, START_TICKS)
    assert taker.on_book(later(heavy, 9, position_lots=full)) is None


def _after(strategy: object, *views: MarketView) -> Desired | None:
    desired = None
    for view in views:
        desired = strategy.on_timer(view)  # type: ignore[attr-defined]
    return desired


def test_momentum_waits_then_goes_with_the_trend_and_turns_with_it() -> None:
    strategy = made("momentum", fast_s=5, slow_s=20, band_bps=1)
    rising = [at_price(VIEW, START_TICKS + 1_000 * n, n) for n in range(30)]
    assert _after(strategy, *rising[:19]) is None
    desired = _after(strategy, *rising[19:])
    assert desired is not None
    (take,) = desired.takes
    assert take.side is Side.BUY and take.price_ticks == rising[-1].best_ask_ticks
    held = replace(rising[-1], position_lots=take.qty_lots)
    assert _after(strategy, held) is None
    falling = [at_price(held, START_TICKS + 30_000 - 2_000 * n, n) for n in range(40)]
    desired = _after(strategy, *falling)
    assert desired is not None
    (turned,) = desired.takes
    assert turned.side is Side.SELL and turned.qty_lots > take.qty_lots  # closes, and goes short


def test_mean_reversion_goes_against_what_strays_and_closes_when_it_is_back() -> None:
    strategy = made("mean_reversion", half_life_s=20, enter=2.0, leave=0.5, stop=4.0)
    quiet = [at_price(VIEW, START_TICKS + (500 if n % 2 else -500), n) for n in range(60)]
    assert _after(strategy, *quiet) in (None, Desired())
    above = at_price(VIEW, START_TICKS + 1_200, 61)
    (take,) = _after(strategy, above).takes  # type: ignore[union-attr]
    assert take.side is Side.SELL
    back = replace(at_price(VIEW, START_TICKS, 62), position_lots=-take.qty_lots)
    (closing,) = _after(strategy, back).takes  # type: ignore[union-attr]
    assert (closing.side, closing.qty_lots) == (Side.BUY, take.qty_lots)


def test_mean_reversion_gives_up_on_what_does_not_come_back() -> None:
    strategy = made("mean_reversion", half_life_s=20, enter=2.0, leave=0.5, stop=4.0)
    for n in range(60):
        strategy.on_timer(at_price(VIEW, START_TICKS + (500 if n % 2 else -500), n))
    gone = replace(at_price(VIEW, START_TICKS + 5_000, 61), position_lots=-LOTS)
    (take,) = strategy.on_timer(gone).takes
    assert (take.side, take.qty_lots) == (Side.BUY, LOTS)


def test_twap_quotes_each_slice_then_takes_what_is_left_of_it() -> None:
    twap = made("twap", notional=2_000, duration_s=100, slices=10, patience=0.5)
    first = twap.on_timer(VIEW)
    assert first == Desired(quotes=(Quote(Side.BUY, VIEW.best_bid_ticks, round(LOTS / 10)),))
    late = twap.on_timer(later(VIEW, 6, position_lots=100))
    assert late.takes == (Take(Side.BUY, round(LOTS / 10) - 100, VIEW.best_ask_ticks),)
    fifth = twap.on_timer(later(VIEW, 41, position_lots=round(LOTS * 0.4)))
    assert fifth.quotes[0].qty_lots == round(LOTS * 0.5) - round(LOTS * 0.4)
    assert twap.on_timer(later(VIEW, 101, position_lots=LOTS)) == Desired()


def test_an_execution_takes_again_only_once_it_can_know_what_it_took() -> None:
    """With slices of milliseconds the next is late before the fills of the last are told of."""
    twap = made("twap", notional=2_000, duration_s=1, slices=1_000, patience=0)
    assert twap.on_timer(VIEW).takes
    assert not any(twap.on_timer(later(VIEW, n / 1_000)).takes for n in range(1, 1_000))
    (rest,) = twap.on_timer(later(VIEW, 1.5, position_lots=100)).takes
    assert rest.qty_lots == LOTS - 100


def test_vwap_follows_the_profile_and_takes_no_more_than_its_part_of_the_volume() -> None:
    vwap = made(
        "vwap", side="sell", notional=2_000, duration_s=100, slices=4, patience=0, profile="1,1,2"
    )
    assert vwap.share_due(0.5) == 0.375 and vwap.share_due(1.0) == 1.0
    assert vwap.on_timer(VIEW) == Desired()  # nobody has traded yet
    vwap.on_trade(VIEW, PublicTrade("BTC-USDT", START_TICKS, LOTS, Side.BUY))
    (take,) = vwap.on_timer(later(VIEW, 1)).takes
    due = round(LOTS * vwap.share_due(0.25))
    assert (take.side, take.qty_lots) == (Side.SELL, min(due, int(LOTS * 0.2)))
    for bad in ("", "a", "0,0", "-1,2", "inf"):
        with pytest.raises(BadParameter, match="profile"):
            made("vwap", profile=bad)


TRIANGLE = (BTC_USDT, ETH_USDT, ETH_BTC)


def _triangle(cross_bid: int, cross_ask: int) -> MarketView:
    """BTC at 64,000 and ETH at 3,200: fair is 0.05."""
    eth = replace(
        VIEW,
        instrument=ETH_USDT,
        best_bid_ticks=319_990,
        best_ask_ticks=320_010,
        best_bid_lots=100_000,
        best_ask_lots=100_000,
    )
    cross = replace(
        VIEW,
        instrument=ETH_BTC,
        best_bid_ticks=cross_bid,
        best_ask_ticks=cross_ask,
        best_bid_lots=5_000,
        best_ask_lots=5_000,
    )
    btc = replace(VIEW, best_bid_lots=10**6, best_ask_lots=10**6)
    return replace(btc, others={"ETH-USDT": eth, "ETH-BTC": cross})


def test_a_triangle_is_turned_only_when_it_pays_and_the_way_that_pays() -> None:
    arbitrage = made("triangular_arbitrage", *TRIANGLE)
    assert arbitrage.on_book(_triangle(4_999, 5_001)) is None
    # ETH is cheap in BTC: buy BTC, buy ETH with it, sell ETH.
    takes = arbitrage.on_book(_triangle(4_979, 4_981)).takes
    assert [(take.symbol, take.side) for take in takes] == [
        ("BTC-USDT", Side.BUY),
        ("ETH-USDT", Side.SELL),
        ("ETH-BTC", Side.BUY),
    ]
    eth_lots, cross_lots = takes[1].qty_lots, takes[2].qty_lots
    assert eth_lots * ETH_USDT.base_atoms_per_lot == cross_lots * ETH_BTC.base_atoms_per_lot
    dear = later(_triangle(5_019, 5_021), 1)
    takes = arbitrage.on_book(dear).takes
    assert [take.side for take in takes] == [Side.SELL, Side.BUY, Side.SELL]


def test_what_a_turn_left_open_is_closed_after_a_while() -> None:
    arbitrage = made("triangular_arbitrage", *TRIANGLE, hold_s=5)
    view = _triangle(4_979, 4_981)
    takes = arbitrage.on_book(view).takes
    for take in takes[:2]:  # the third came too late
        arbitrage.on_fill(view, fill(take.side, take.price_ticks, take.qty_lots, take.symbol))
    assert arbitrage.on_timer(later(view, 4)) is None
    closing = arbitrage.on_timer(later(view, 6)).takes
    assert [(one.symbol, one.side, one.qty_lots) for one in closing] == [
        ("BTC-USDT", Side.SELL, takes[0].qty_lots),
        ("ETH-USDT", Side.BUY, takes[1].qty_lots),
    ]


def test_three_instruments_that_make_no_triangle_are_refused() -> None:
    with pytest.raises(BadParameter, match="no triangle"):
        made("triangular_arbitrage", ETH_USDT, BTC_USDT, ETH_BTC)
    with pytest.raises(BadParameter, match="three"):
        made("triangular_arbitrage", BTC_USDT)
