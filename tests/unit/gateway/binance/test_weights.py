"""What each request costs is what clients count with."""

import pytest

from gateway.binance.parameters import Parameters
from gateway.binance.tables import REST
from gateway.binance.weights import Weights, rate_limits

ONE = {"symbol": "BTCUSDT"}


@pytest.mark.parametrize(
    ("method", "path", "sent", "weight"),
    [
        ("GET", "ping", {}, 1),
        ("GET", "time", {}, 1),
        ("GET", "exchangeInfo", {}, 20),
        ("GET", "depth", {"limit": "100"}, 5),
        ("GET", "depth", {"limit": "500"}, 25),
        ("GET", "depth", {"limit": "1000"}, 50),
        ("GET", "depth", {"limit": "5000"}, 250),
        ("GET", "trades", ONE, 25),
        ("GET", "historicalTrades", ONE, 25),
        ("GET", "aggTrades", ONE, 4),
        ("GET", "klines", ONE, 2),
        ("GET", "ticker/24hr", ONE, 2),
        ("GET", "ticker/24hr", {}, 80),
        ("GET", "ticker/price", ONE, 2),
        ("GET", "ticker/price", {}, 4),
        ("GET", "ticker/bookTicker", ONE, 2),
        ("GET", "ticker/bookTicker", {}, 4),
        ("GET", "account", {}, 20),
        ("GET", "order", ONE, 4),
        ("POST", "order", ONE, 1),
        ("DELETE", "order", ONE, 1),
        ("GET", "openOrders", ONE, 6),
        ("GET", "openOrders", {}, 80),
        ("GET", "allOrders", ONE, 20),
        ("GET", "myTrades", ONE, 20),
        ("GET", "myTrades", ONE | {"orderId": "1"}, 5),
    ],
)
def test_a_request_weighs_what_it_is_known_to(
    method: str, path: str, sent: dict[str, str], weight: int
) -> None:
    operations = {(verb, at): operation for verb, at, operation in REST}
    assert operations[method, f"/api/v3/{path}"].weight_of(Parameters(sent)) == weight


def test_the_limits_are_the_usual_ones() -> None:
    assert [each["limit"] for each in rate_limits(Weights())] == [6_000, 100, 200_000]
