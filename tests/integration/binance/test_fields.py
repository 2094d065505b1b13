"""The fields that clients cannot do without, in every answer that has them; none is left out."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.integration.binance.customer import SYMBOL, Customer

ETH = "ETHUSDT"
TERMS = set(
    "price origQty executedQty cummulativeQuoteQty origQuoteOrderQty status timeInForce type side "
    "selfTradePreventionMode workingTime symbol orderId orderListId clientOrderId".split()
)
IN_PUBLIC = {
    "/api/v3/trades": "id price qty quoteQty time isBuyerMaker isBestMatch",
    "/api/v3/historicalTrades": "id price qty quoteQty time isBuyerMaker isBestMatch",
    "/api/v3/aggTrades": "a p q f l T m M",
    "/api/v3/ticker/24hr": (
        "symbol lastPrice bidPrice bidQty askPrice askQty highPrice lowPrice openPrice "
        "prevClosePrice priceChange priceChangePercent weightedAvgPrice lastQty volume quoteVolume "
        "openTime closeTime firstId lastId count"
    ),
    "/api/v3/ticker/price": "symbol price",
    "/api/v3/ticker/bookTicker": "symbol bidPrice bidQty askPrice askQty",
    "/api/v3/avgPrice": "mins price closeTime",
}
OF_SYMBOL = (
    "symbol status baseAsset quoteAsset baseAssetPrecision quotePrecision quoteAssetPrecision "
    "baseCommissionPrecision quoteCommissionPrecision orderTypes icebergAllowed ocoAllowed "
    "quoteOrderQtyMarketAllowed allowTrailingStop isSpotTradingAllowed isMarginTradingAllowed "
    "cancelReplaceAllowed amendAllowed otoAllowed filters permissions permissionSets "
    "defaultSelfTradePreventionMode allowedSelfTradePreventionModes"
)
OF_FILTERS = {
    "PRICE_FILTER": "minPrice maxPrice tickSize",
    "LOT_SIZE": "minQty maxQty stepSize",
    "MARKET_LOT_SIZE": "minQty maxQty stepSize",
    "NOTIONAL": "minNotional applyMinToMarket maxNotional applyMaxToMarket avgPriceMins",
    "MAX_NUM_ORDERS": "maxNumOrders",
    "MAX_NUM_ALGO_ORDERS": "maxNumAlgoOrders",
    "ICEBERG_PARTS": "limit",
    "TRAILING_DELTA": (
        "minTrailingAboveDelta maxTrailingAboveDelta minTrailingBelowDelta maxTrailingBelowDelta"
    ),
}
OF_ACCOUNT = set(
    "balances updateTime makerCommission takerCommission buyerCommission sellerCommission canTrade "
    "canWithdraw canDeposit accountType permissions commissionRates uid".split()
)
OF_FILL = set(
    "symbol id orderId orderListId price qty quoteQty commission commissionAsset time isBuyer "
    "isMaker isBestMatch".split()
)


@pytest.fixture
async def traded(me: Customer, other: Customer) -> Customer:
    """Ether has traded, and a bid rests."""
    await me.order(symbol=ETH, quantity="0.2", price="3000")
    await other.order("SELL", symbol=ETH, quantity="0.1", price="3000")
    return me


@pytest.mark.parametrize("path", IN_PUBLIC)
async def test_market_data_has_every_field(traded: Customer, path: str) -> None:
    shown: Any = await traded.public(path, symbol=ETH)
    one = shown[-1] if isinstance(shown, list) else shown
    assert set(IN_PUBLIC[path].split()) == set(one)


async def test_an_instrument_has_every_field_and_filter(me: Customer) -> None:
    info = await me.public("/api/v3/exchangeInfo", symbol=SYMBOL, permissions="SPOT")
    (symbol,) = info["symbols"]
    assert set(OF_SYMBOL.split()) <= set(symbol)
    filters = {each.pop("filterType"): set(each) for each in symbol["filters"]}
    assert {name: set(fields.split()) for name, fields in OF_FILTERS.items()} == filters
    limits = [
        (one["rateLimitType"], one["interval"], one["intervalNum"]) for one in info["rateLimits"]
    ]
    assert limits == [
        ("REQUEST_WEIGHT", "MINUTE", 1),
        ("ORDERS", "SECOND", 10),
        ("ORDERS", "DAY", 1),
    ]
    assert (await me.public("/api/v3/exchangeInfo", permissions='["MARGIN"]'))["symbols"] == []


async def test_an_order_has_every_field_wherever_it_is_told(traded: Customer) -> None:
    bid = await traded.order(symbol=ETH, quantity="0.1", price="2900")
    assert TERMS | {"transactTime", "fills"} == set(bid)
    of_query = TERMS | {"time", "updateTime", "isWorking", "stopPrice", "icebergQty"}
    which = {"symbol": ETH, "orderId": bid["orderId"]}
    assert set(await traded.get("/api/v3/order", **which)) == of_query
    for path in ("/api/v3/openOrders", "/api/v3/allOrders"):
        assert set((await traded.get(path, symbol=ETH))[-1]) == of_query
    status, ended = await traded.signed("DELETE", "/api/v3/order", **which)
    of_cancel = (TERMS - {"workingTime"}) | {"transactTime", "origClientOrderId"}
    assert (status, set(ended)) == (200, of_cancel)


async def test_an_account_and_its_fills_have_every_field(traded: Customer) -> None:
    assert OF_ACCOUNT <= set(await traded.get("/api/v3/account"))
    assert set((await traded.get("/api/v3/myTrades", symbol=ETH))[-1]) == OF_FILL


async def test_candles_are_asked_for_from_a_time_or_up_to_one(traded: Customer) -> None:
    asked: dict[str, object] = {"symbol": ETH, "interval": "1s"}
    path = "/api/v3/uiKlines"
    first = (await traded.public(path, **asked, startTime=0, limit=1))[0][0]
    oldest = await traded.public(path, **asked, startTime=first, limit=3)
    assert [row[0] - first for row in oldest] == [0, 1_000, 2_000][: len(oldest)]
    until = await traded.public(path, **asked, endTime=first + 1_500, limit=3)
    assert [row[0] - first for row in until] == [0, 1_000][: len(until)]
    latest = await traded.public(path, **asked, limit=2)
    assert latest[-1][0] >= until[-1][0]
    assert await traded.public(path, **asked, endTime=first - 1_000) == []


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
async def test_a_body_is_a_form_whatever_it_is_labelled(me: Customer, content_type: str) -> None:
    """Its query is signed in front of it, and has the last word."""
    me.label = content_type
    query = urlencode({"symbol": SYMBOL, "side": "BUY", "price": "60000"})
    status, order = await me.signed_in_parts(
        "POST", "/api/v3/order", query, type="LIMIT", timeInForce="GTC", quantity="0.01", price="1"
    )
    assert (status, order["price"]) == (200, "60000.00000000"), order
    status, _ = await me.send("GET", "/api/v3/ping")
    assert status == 200, "a label without a body does no harm"
