"""What the strategies want, given a market."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from client.types import Order
from domain.instruments import Asset, define
from domain.orders import Side
from trading_bot.credentials import read_credentials
from trading_bot.errors import BadCredentials, UnknownStrategy
from trading_bot.open_orders import OpenOrders
from trading_bot.reference_price import ReferencePrice
from trading_bot.strategies import strategy_named
from trading_bot.strategies.market_maker import INVENTORY_NOTIONAL_MAX, LEVELS, MarketMaker
from trading_bot.strategies.noise_taker import SHARE_OF_FUNDS_MAX, NoiseTaker
from trading_bot.strategy import MarketView

INSTRUMENT = define(
    1,
    Asset(1, "BTC"),
    Asset(2, "USDT"),
    tick_size="0.01",
    lot_size="0.00001",
    maker_fee_ppm=0,
    taker_fee_ppm=0,
    min_notional="1",
)
START_TICKS = INSTRUMENT.price_ticks("64000")
BTC = 10**8
VIEW = MarketView(
    now_ns=10**18,
    instrument=INSTRUMENT,
    best_bid_ticks=START_TICKS - 100,
    best_ask_ticks=START_TICKS + 100,
    base_atoms=100 * BTC,
    quote_atoms=10**6 * BTC,
)


def _maker(seed: int = 1) -> MarketMaker:
    draws = random.Random(seed)
    reference = ReferencePrice(START_TICKS, VIEW.now_ns, draws)
    return MarketMaker(INSTRUMENT, reference, VIEW.base_atoms, draws)


def test_the_maker_quotes_a_ladder_on_both_sides_around_the_reference() -> None:
    quotes = _maker().on_timer(VIEW).quotes
    bids = [quote.price_ticks for quote in quotes if quote.side is Side.BUY]
    asks = [quote.price_ticks for quote in quotes if quote.side is Side.SELL]
    assert len(bids) == len(asks) == LEVELS
    assert bids == sorted(bids, reverse=True) and asks == sorted(asks)
    assert bids[0] < START_TICKS < asks[0]
    assert all(quote.qty_lots > 0 for quote in quotes)


def test_the_maker_leans_against_its_inventory() -> None:
    heavy = replace(VIEW, base_atoms=VIEW.base_atoms + 3 * BTC)
    neutral_best = _maker().on_timer(VIEW).quotes[0].price_ticks
    assert _maker().on_timer(heavy).quotes[0].price_ticks < neutral_best


def test_a_full_maker_quotes_only_the_side_that_reduces() -> None:
    full = INVENTORY_NOTIONAL_MAX * BTC * 100 // START_TICKS
    long = replace(VIEW, base_atoms=VIEW.base_atoms + full * 2)
    short = replace(VIEW, base_atoms=VIEW.base_atoms - full * 2)
    assert {quote.side for quote in _maker().on_timer(long).quotes} == {Side.SELL}
    assert {quote.side for quote in _maker().on_timer(short).quotes} == {Side.BUY}


def test_the_maker_leaves_its_ladder_alone_while_the_price_stands() -> None:
    maker = _maker()
    assert maker.on_timer(VIEW) is maker.on_timer(VIEW)


def test_the_same_seed_gives_the_same_prices_and_they_move() -> None:
    def walk(seed: int) -> list[float]:
        reference = ReferencePrice(START_TICKS, 0, random.Random(seed))
        return [reference.ticks(at * 10**9) for at in range(1, 200)]

    assert walk(4) == walk(4) != walk(5)
    assert 0.9 < min(walk(4)) / START_TICKS and max(walk(4)) / START_TICKS < 1.1
    assert len(set(walk(4))) == 199


def test_the_taker_never_spends_more_than_its_share_of_what_it_has() -> None:
    taker = NoiseTaker(INSTRUMENT, START_TICKS, random.Random(2))
    poor = replace(VIEW, base_atoms=BTC // 100, quote_atoms=640 * BTC)
    for _ in range(200):
        assert taker.pause_ns() > 0
        for take in taker.on_timer(poor).takes:
            sold = take.qty_lots * INSTRUMENT.base_atoms_per_lot
            paid = INSTRUMENT.notional_atoms(START_TICKS, take.qty_lots)
            spent, had = (
                (sold, poor.base_atoms) if take.side is Side.SELL else (paid, poor.quote_atoms)
            )
            assert spent <= had * SHARE_OF_FUNDS_MAX


def test_the_taker_takes_what_is_there_and_waits_while_nothing_is() -> None:
    taker = NoiseTaker(INSTRUMENT, START_TICKS, random.Random(2))
    nothing = replace(VIEW, best_bid_ticks=None, best_ask_ticks=None)
    assert taker.on_timer(nothing).takes == ()
    # A maker that is full quotes one side: unless that one is taken, there is never another again.
    for side, missing in ((Side.SELL, "best_ask_ticks"), (Side.BUY, "best_bid_ticks")):
        one_sided = [taker.on_timer(replace(VIEW, **{missing: None})) for _ in range(20)]
        assert {take.side for desired in one_sided for take in desired.takes} == {side}


def test_an_unknown_strategy_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownStrategy, match="market_maker, noise_taker"):
        strategy_named("moonshot")


@pytest.mark.parametrize("text", [None, "{", '{"maker": {"api_key": 1}}'])
def test_unreadable_credentials_name_the_file(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "bots.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BadCredentials, match="bots.json"):
        read_credentials(path)


def _state(status: str, seq: int, leaves: str = "0.5") -> Order:
    return Order(
        order_id=9,
        client_order_id="c",
        symbol="BTC-USDT",
        side="buy",
        type="limit",
        time_in_force="gtc",
        qty="1",
        cum_qty="0.5",
        leaves_qty=leaves,
        status=status,
        price="64000",
        seq=seq,
    )


def test_a_late_update_neither_goes_back_in_time_nor_revives_an_ended_order() -> None:
    orders = OpenOrders(INSTRUMENT)
    orders.update(_state("partially_filled", seq=5, leaves="0.25"))
    orders.update(_state("new", seq=3, leaves="1"))
    assert [order.leaves_qty_lots for order in orders.all()] == [25_000]
    orders.update(_state("canceled", seq=7))
    orders.update(_state("partially_filled", seq=6))
    assert orders.all() == []
