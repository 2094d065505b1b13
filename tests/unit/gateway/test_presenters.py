"""Integers shown as text; nothing is rounded but the average price."""

import pytest

from domain.instruments import Asset, define
from domain.reasons import RejectReason
from gateway.errors import REFUSALS, refused
from gateway.orders import presenters
from gateway.state.account_view import OrderView
from gateway.state.projection import Projection
from tests.unit.gateway.exchange import ALICE, BOB, SELL, Exchange

BTC_USDT = define(
    1,
    Asset(1, "BTC"),
    Asset(2, "USDT"),
    tick_size="0.01",
    lot_size="0.00001",
    maker_fee_ppm=0,
    taker_fee_ppm=0,
)


@pytest.mark.parametrize(
    ("cum_quote_atoms", "cum_qty_lots", "shown"),
    [
        (6_400_000 * 10, 1, "64000.00"),
        (6_400_000 * 10 + 6_400_001 * 10, 2, "64000.005"),
        (6_400_000 * 10 * 2 + 6_400_001 * 10, 3, "64000.00333333"),
        (10, 1, "0.01"),
    ],
)
def test_an_average_price_is_exact_to_the_quote_assets_decimals(
    cum_quote_atoms: int, cum_qty_lots: int, shown: str
) -> None:
    assert presenters.average_price(BTC_USDT, cum_quote_atoms, cum_qty_lots) == shown


def test_an_average_price_of_whole_units_has_no_point() -> None:
    instrument = define(
        1,
        Asset(1, "EGG", 0),
        Asset(2, "COIN", 0),
        tick_size="1",
        lot_size="1",
        maker_fee_ppm=0,
        taker_fee_ppm=0,
    )
    assert presenters.average_price(instrument, 30, 3) == "10"


def order_of(projection: Projection, account_id: int) -> OrderView:
    return next(iter(projection.accounts[account_id].open_orders.values()))


def test_zero_is_shown_with_its_decimals() -> None:
    exchange = Exchange()
    exchange.limit(BOB, SELL, 6_400_000, 300)
    projection = exchange.project()
    shown = presenters.order(projection.markets[1], order_of(projection, BOB))
    assert (shown.cum_qty, shown.leaves_qty) == ("0.00000", "0.00300")
    assert projection.account(ALICE).order_by_client_id("c1") is None


def test_every_refusal_has_a_status_and_a_text_and_says_when_to_try_again() -> None:
    for reason in RejectReason:
        error = refused(reason)
        assert error.code == reason.name and error.message
        assert 400 <= error.status < 600
        assert (error.retry_after_s is not None) == (error.status in (429, 503))
    assert len({text for _, text in REFUSALS.values()}) == len(REFUSALS)
