"""What the makers want, given a market."""

import math
from dataclasses import replace

import pytest

from domain.orders import Side
from domain.units import NS_PER_S
from tests.unit.trading_bot.market import (
    BTC_USDT,
    START_TICKS,
    VIEW,
    at_price,
    fill,
    later,
    made,
)
from trading_bot.rounding import lots_worth
from trading_bot.strategy import Desired, Quote

LEVELS = 20


def _prices(desired: Desired, side: Side) -> list[int]:
    return [quote.price_ticks for quote in desired.quotes if quote.side is side]


@pytest.mark.parametrize("name", ["market_maker", "liquidity_provider"])
def test_a_ladder_is_quoted_on_both_sides_around_the_reference(name: str) -> None:
    desired = made(name, reference="market").on_timer(VIEW)
    bids, asks = _prices(desired, Side.BUY), _prices(desired, Side.SELL)
    assert len(bids) == len(asks) == LEVELS
    assert bids == sorted(bids, reverse=True) and asks == sorted(asks)
    assert bids[0] < START_TICKS < asks[0]
    assert all(quote.qty_lots > 0 for quote in desired.quotes)


def test_the_maker_leans_against_its_inventory_and_the_provider_does_not() -> None:
    heavy = replace(VIEW, position_lots=lots_worth(BTC_USDT, 200_000, START_TICKS))
    for name, leans in (("market_maker", True), ("liquidity_provider", False)):
        neutral = made(name).on_timer(VIEW).quotes[0].price_ticks
        assert (made(name).on_timer(heavy).quotes[0].price_ticks < neutral) is leans


@pytest.mark.parametrize("name", ["market_maker", "liquidity_provider"])
def test_a_full_ladder_quotes_only_the_side_that_reduces(name: str) -> None:
    full = lots_worth(BTC_USDT, 500_000, START_TICKS)
    for position_lots, side in ((full, Side.SELL), (-full, Side.BUY)):
        desired = made(name).on_timer(replace(VIEW, position_lots=position_lots))
        assert {quote.side for quote in desired.quotes} == {side}


def test_the_ladder_is_left_alone_while_the_price_stands() -> None:
    maker = made("market_maker", reference="market")
    assert maker.on_timer(VIEW) is maker.on_timer(later(VIEW, 1))
    assert maker.on_timer(VIEW) is not maker.on_timer(at_price(VIEW, START_TICKS + 9_000, 60))


def test_the_paper_s_own_numbers_come_out_of_the_model() -> None:
    """Section 3.3: s = 100, T = 1, sigma = 2, gamma = 0.1, kappa = 1.5."""
    maker = made("avellaneda_stoikov", gamma=0.1, sigma=2.0, kappa=1.5, horizon_s=100)
    per_unit = START_TICKS / 100
    reservation, half_spread = maker.model(START_TICKS, 0, VIEW.now_ns)
    assert reservation == START_TICKS
    # At the start the paper reports an average spread of 1.49 at gamma 0.1: the constant part is
    # (2 / 0.1) ln(1 + 0.1 / 1.5) = 1.29, and 0.1 * 2^2 * (1 - t) is 0.2 on average.
    assert math.isclose(2 * half_spread / per_unit, 0.4 + 20 * math.log(1 + 1 / 15))
    halfway = VIEW.now_ns + 50 * NS_PER_S
    reservation, half_spread = maker.model(START_TICKS, 3, halfway)
    assert math.isclose(2 * half_spread / per_unit, 0.2 + 20 * math.log(1 + 1 / 15))
    assert math.isclose(2 * half_spread / per_unit, 1.49, abs_tol=0.005)
    assert math.isclose((reservation - START_TICKS) / per_unit, -3 * 0.2, rel_tol=1e-6)


def test_a_long_avellaneda_stoikov_maker_asks_less_and_at_its_bound_buys_no_more() -> None:
    maker = made("avellaneda_stoikov", sigma=4.0, orders_max=5)
    unit = lots_worth(BTC_USDT, 2_500, START_TICKS)
    neutral = maker.on_timer(VIEW)
    long = maker.on_fill(replace(VIEW, position_lots=3 * unit), fill(Side.BUY, START_TICKS, unit))
    assert _prices(long, Side.SELL)[0] < _prices(neutral, Side.SELL)[0]
    assert _prices(long, Side.BUY)[0] < _prices(neutral, Side.BUY)[0]
    full = maker.on_timer(replace(VIEW, position_lots=5 * unit))
    assert [quote.side for quote in full.quotes] == [Side.SELL]


def test_a_grid_waits_for_a_market_and_quotes_every_line_but_the_one_it_is_at() -> None:
    grid = made("grid", lines=3, step_bps=10)
    assert grid.on_timer(replace(VIEW, best_bid_ticks=None)) is None
    desired = grid.on_timer(VIEW)
    bids, asks = _prices(desired, Side.BUY), _prices(desired, Side.SELL)
    assert (len(bids), len(asks)) == (3, 3)
    assert max(bids) == math.floor(START_TICKS / 1.001)
    assert min(asks) == math.ceil(START_TICKS * 1.001)


def test_a_grid_that_is_set_anew_begins_at_its_first_line_whatever_it_holds() -> None:
    grid = made("grid", lines=3, step_bps=10)
    desired = grid.on_timer(replace(VIEW, position_lots=1_000_000))
    line, lots = desired.quotes[2].price_ticks, desired.quotes[0].qty_lots
    bought = grid.on_fill(replace(VIEW, position_lots=1_000_000 + lots), fill(Side.BUY, line, lots))
    assert [quote.side for quote in bought.quotes] == [Side.BUY] * 2 + [Side.SELL] * 4


def test_a_grid_that_bought_a_line_down_sells_it_a_line_up() -> None:
    grid = made("grid", lines=3, step_bps=10)
    before = grid.on_timer(VIEW)
    lots, line = before.quotes[0].qty_lots, max(_prices(before, Side.BUY))
    bought = grid.on_fill(replace(VIEW, position_lots=lots), fill(Side.BUY, line, lots))
    bids, asks = _prices(bought, Side.BUY), _prices(bought, Side.SELL)
    assert (len(bids), len(asks)) == (2, 4)
    assert line not in bids and START_TICKS in asks
    sold = grid.on_fill(replace(VIEW, position_lots=0), fill(Side.SELL, START_TICKS, lots))
    assert sold == before
    assert Quote(Side.BUY, line, lots) in sold.quotes


def test_without_a_reference_every_quote_is_pulled() -> None:
    for name in ("market_maker", "liquidity_provider", "avellaneda_stoikov"):
        maker = made(name, reference="http:http://127.0.0.1/price#last", max_age_s=2)
        assert maker.on_timer(VIEW) == Desired()
        maker._reference.tell(64_000.0, VIEW.now_ns)
        assert maker.on_timer(VIEW).quotes
        assert maker.on_timer(later(VIEW, 1.9)).quotes
        assert maker.on_timer(later(VIEW, 2.1)) == Desired()
        maker._reference.tell(64_000.0, VIEW.now_ns + 3 * NS_PER_S)
        assert maker.on_timer(later(VIEW, 3)).quotes
