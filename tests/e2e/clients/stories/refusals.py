"""Every error that a client decides by, met by three clients: by its code, its words and its class.

The gateway is a real one. Behind it is an engine that loses orders named so, one instrument is
closed, prices are held to the last one, and the limits are small.
"""

import time
from collections.abc import Callable

import ccxt
from binance import Client
from binance.base_client import BaseClient
from binance.error import ClientError, ServerError
from binance.exceptions import BinanceAPIException
from binance.spot import Spot
from venue import BASE, KEY, SECRET

BaseClient.API_URL = BASE + "/api"
BaseClient.MARGIN_API_URL = BASE + "/sapi"
URLS = {"public": BASE + "/api/v3", "private": BASE + "/api/v3", "v1": BASE + "/api/v1"}
SETTINGS = {
    "enableRateLimit": False,
    "options": {"sandbox": True, "fetchMarkets": {"types": ["spot"]}},
    "urls": {"test": URLS},
}


def with_key(key: str) -> tuple[ccxt.binance, Client, Spot]:
    return (
        ccxt.binance({**SETTINGS, "apiKey": key, "secret": SECRET}),
        Client(key, SECRET),
        Spot(key, SECRET, base_url=BASE),
    )


pro, python, connector = with_key(KEY)


def by_ccxt(kind: type[Exception], text: str, call: Callable[[], object]) -> None:
    try:
        call()
    except kind as error:
        assert text in str(error), error
    else:
        raise AssertionError(f"ccxt was not refused: {text}")


def by_python_binance(status: int, code: int, text: str, call: Callable[[], object]) -> None:
    try:
        call()
    except BinanceAPIException as error:
        assert (error.status_code, error.code) == (status, code), error
        assert text in error.message, error
    else:
        raise AssertionError(f"python-binance was not refused: {text}")


def by_connector(status: int, code: int, text: str, call: Callable[[], object]) -> None:
    try:
        call()
    except ClientError as error:
        assert (error.status_code, error.error_code) == (status, code), error
        assert text in error.error_message, error
    except ServerError as error:
        assert error.status_code == status and text in error.message, error
    else:
        raise AssertionError(f"binance-connector was not refused: {text}")


def named(terms: dict[str, str]) -> dict[str, str]:
    """Orders whose id says how the engine loses them need one of their own each."""
    prefix = terms.get("newClientOrderId")
    return terms if prefix is None else terms | {"newClientOrderId": f"{prefix}{time.time_ns()}"}


def refused(
    kind: type[Exception], status: int, code: int, text: str, terms: dict[str, str]
) -> None:
    """All three clients are refused an order in the same way, each in its own."""
    by_ccxt(kind, text, lambda: pro.private_post_order(named(terms)))
    by_python_binance(status, code, text, lambda: python.create_order(**named(terms)))
    by_connector(status, code, text, lambda: connector.new_order(**named(terms)))


LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
BUY = {**LIMIT, "quantity": "0.01", "price": "64000"}
MARKET = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET"}
STOP = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_LOSS", "quantity": "0.01"}
FILTER = "Filter failure: "
LOST = "Send status unknown; execution status unknown."
ASK = "Unknown error, please check your request or try again later."

# Filters
for name, terms in (
    ("LOT_SIZE", {**BUY, "quantity": "0.000001"}),
    ("PRICE_FILTER", {**BUY, "price": "64000.001"}),
    ("PERCENT_PRICE_BY_SIDE", {**BUY, "price": "1000"}),
    ("MARKET_LOT_SIZE", {**MARKET, "quantity": "0.000001"}),
):
    refused(ccxt.InvalidOrder, 400, -1013, FILTER + name, terms)
for name, terms in (("NOTIONAL", {**BUY, "quantity": "0.00001"}),):
    refused(ccxt.BadRequest, 400, -1013, FILTER + name, terms)

# Parameters
refused(ccxt.BadRequest, 400, -1100, "Illegal characters found in", {**BUY, "price": "1e3"})
refused(ccxt.BadRequest, 400, -1102, "Mandatory parameter 'quantity'", {**LIMIT, "price": "1"})
refused(ccxt.BadRequest, 400, -1106, "sent when not required.", {**BUY, "stopPrice": "1"})
refused(ccxt.BadRequest, 400, -1111, "too much precision.", {**BUY, "price": "1.123456789"})
refused(ccxt.BadRequest, 400, -1115, "Invalid timeInForce.", {**BUY, "timeInForce": "GTX"})
refused(ccxt.BadRequest, 400, -1116, "Invalid orderType.", {**BUY, "type": "MAGIC"})
refused(ccxt.BadRequest, 400, -1117, "Invalid side.", {**BUY, "side": "HOLD"})
refused(ccxt.BadSymbol, 400, -1121, "Invalid symbol.", {**BUY, "symbol": "NOSUCH"})
refused(ccxt.BadRequest, 400, -1130, "is not valid.", {**BUY, "selfTradePreventionMode": "X"})

# Funds, and what would happen at once
refused(
    ccxt.InsufficientFunds,
    400,
    -2010,
    "Account has insufficient balance for requested action.",
    {**BUY, "quantity": "900"},
)
at_once = ccxt.OrderImmediatelyFillable
maker = {**BUY, "type": "LIMIT_MAKER", "price": "64500"}
del maker["timeInForce"]
refused(at_once, 400, -2010, "Order would immediately match and take.", maker)
refused(at_once, 400, -2010, "Order would trigger immediately.", {**STOP, "stopPrice": "64100"})
once = {**BUY, "newClientOrderId": "once"}
pro.private_post_order(once)
by_ccxt(ccxt.InvalidOrder, "Duplicate order sent.", lambda: pro.private_post_order(once))
duplicate = (400, -2010, "Duplicate order sent.")
by_python_binance(*duplicate, lambda: python.create_order(**once))
by_connector(*duplicate, lambda: connector.new_order(**once))
closed = {**BUY, "symbol": "ETHUSDT", "price": "3000"}
refused(ccxt.OperationRejected, 400, -2010, "Market is closed.", closed)

# Orders that are not there
which = {"symbol": "BTCUSDT", "orderId": 1_000_000}
for code, text, calls in (
    (
        -2011,
        "Unknown order sent.",
        (
            lambda: pro.private_delete_order(which),
            lambda: python.cancel_order(**which),
            lambda: connector.cancel_order(**which),
        ),
    ),
    (
        -2013,
        "Order does not exist.",
        (
            lambda: pro.private_get_order(which),
            lambda: python.get_order(**which),
            lambda: connector.get_order(**which),
        ),
    ),
):
    by_ccxt(ccxt.OrderNotFound, text, calls[0])
    by_python_binance(400, code, text, calls[1])
    by_connector(400, code, text, calls[2])

# A replacement that fails whole, or by half
replace = pro.private_post_order_cancelreplace
swap = {**BUY, "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": "1000000"}
by_half = {**swap, "cancelReplaceMode": "ALLOW_FAILURE", "price": "63000"}
for status, code, text, terms in (
    (400, -2022, "Order cancel-replace failed.", swap),
    (409, -2021, "Order cancel-replace partially failed.", by_half),
):
    by_ccxt(ccxt.ExchangeError, text, lambda t=terms: replace(t))
    by_python_binance(status, code, text, lambda t=terms: python.cancel_replace_order(**t))
    by_connector(status, code, text, lambda t=terms: connector.cancel_and_replace(**t))

# The account's own limit of open orders: each client entered one by half
by_half = {k: v for k, v in by_half.items() if k not in ("cancelReplaceMode", "cancelOrderId")}
refused(ccxt.BadRequest, 400, -1013, FILTER + "MAX_NUM_ORDERS", {**by_half, "price": "62999"})
pro.private_delete_openorders({"symbol": "BTCUSDT"})

# Who is asking, and when
for key, status, code, text in (
    ("not a key", 401, -2014, "API-key format invalid."),
    ("nobody", 401, -2015, "Invalid API-key, IP, or permissions for action."),
):
    first, second, third = with_key(key)
    by_ccxt(ccxt.AuthenticationError, text, first.private_get_account)
    by_python_binance(status, code, text, second.get_account)
    by_connector(status, code, text, third.account)
forged = Spot(KEY, "wrong", base_url=BASE)
by_connector(400, -1022, "Signature for this request is not valid.", forged.account)
pro.secret, kept = "wrong", pro.secret
text = "Signature for this request is not valid."
by_ccxt(ccxt.AuthenticationError, text, pro.private_get_account)
pro.secret = kept
for seconds, text in (
    (-70, "Timestamp for this request is outside of the recvWindow."),
    (70, "Timestamp for this request was 1000ms ahead of the server's time."),
):
    python.timestamp_offset = seconds * 1_000
    by_python_binance(400, -1021, text, python.get_account)
    pro.nonce = lambda by=seconds: ccxt.Exchange.milliseconds() + by * 1_000
    by_ccxt(ccxt.InvalidNonce, text, pro.private_get_account)
python.timestamp_offset = 0
pro.nonce = ccxt.Exchange.milliseconds

# An order that was lost on its way: was it executed, may it be sent again?
refused(ccxt.RequestTimeout, 504, -1007, LOST, {**BUY, "newClientOrderId": "lost"})
executed = pro.private_get_openorders({"symbol": "BTCUSDT"})
assert len(executed) == 3, "each had been executed"
refused(ccxt.ExchangeError, 503, -1008, "overloaded", {**BUY, "newClientOrderId": "unsent"})
refused(ccxt.OperationFailed, 503, -1000, ASK, {**BUY, "newClientOrderId": "broken"})

# Too many orders, then too many requests of any kind, then far too many
text = "Too many new orders; current limit is"
entered = 0
while True:
    try:
        connector.new_order(**{**BUY, "price": "1000"})
    except ClientError as error:
        if error.error_code == -1015:
            break
        assert error.error_code == -1013, error
    entered += 1
    assert entered < 500
refused(ccxt.DDoSProtection, 429, -1015, text, BUY)
for status, text in ((429, "Too many requests"), (418, "banned")):
    asked = 0
    while True:
        try:
            connector.exchange_info()
        except ClientError as error:
            if error.status_code == status:
                assert int(error.header["Retry-After"]) >= 1
                break
        asked += 1
        assert asked < 500
    by_ccxt(ccxt.DDoSProtection, text, pro.public_get_exchangeinfo)
    by_python_binance(status, -1003, text, python.get_exchange_info)
    by_connector(status, -1003, text, connector.exchange_info)
print("three clients have done all of it")
