"""python-binance over REST."""

import time

from binance import Client
from binance.base_client import BaseClient
from binance.enums import HistoricalKlinesType
from binance.exceptions import BinanceAPIException
from venue import BASE, KEY, OTHER_KEY, OTHER_SECRET, SECRET, WS, near

SYMBOL = "ETHUSDT"
BaseClient.API_URL = BASE + "/api"
BaseClient.MARGIN_API_URL = BASE + "/sapi"
BaseClient.WS_API_URL = WS + "/ws-api/v3"


def refused(code: int, text: str, call, **named) -> None:
    try:
        call(**named)
    except BinanceAPIException as error:
        assert (error.code, error.message) == (code, text), error
    else:
        raise AssertionError(f"{call} was not refused")


me, other = Client(KEY, SECRET), Client(OTHER_KEY, OTHER_SECRET)
for customer in (me, other):
    for order in customer.get_open_orders(symbol=SYMBOL):
        customer.cancel_order(symbol=SYMBOL, orderId=order["orderId"])

info = me.get_symbol_info(SYMBOL)
assert {one["filterType"] for one in info["filters"]} >= {"PRICE_FILTER", "LOT_SIZE", "NOTIONAL"}
assert abs(me.get_server_time()["serverTime"] - time.time() * 1000) < 5_000
assert me.get_system_status()["status"] == 0

# Balance, limit order, book
before = me.get_asset_balance(asset="USDT")
bid = me.order_limit_buy(symbol=SYMBOL, quantity="0.5", price="3000")
assert (bid["status"], bid["executedQty"], bid["fills"]) == ("NEW", "0.00000000", []), bid
held = me.get_asset_balance(asset="USDT")
assert near(float(held["locked"]) - float(before["locked"]), 1_500)
book = me.get_order_book(symbol=SYMBOL)
assert ["3000.00000000", "0.50000000"] in book["bids"], book
assert me.get_order(symbol=SYMBOL, orderId=bid["orderId"])["status"] == "NEW"
by_name = me.get_order(symbol=SYMBOL, origClientOrderId=bid["clientOrderId"])
assert by_name["orderId"] == bid["orderId"]

# It trades
sale = other.order_market_sell(symbol=SYMBOL, quantity="0.2")
assert (sale["status"], len(sale["fills"])) == ("FILLED", 1), sale
assert sale["fills"][0]["commissionAsset"] == "USDT"
partly = me.get_order(symbol=SYMBOL, orderId=bid["orderId"])
assert (partly["status"], partly["cummulativeQuoteQty"]) == ("PARTIALLY_FILLED", "600.00000000")
mine = me.get_my_trades(symbol=SYMBOL)[-1]
assert (mine["orderId"], mine["isMaker"], mine["isBuyer"]) == (bid["orderId"], True, True)
assert me.get_my_trades(symbol=SYMBOL, fromId=mine["id"]) == [mine]
ended = me.cancel_order(symbol=SYMBOL, orderId=bid["orderId"])
assert (ended["status"], ended["origClientOrderId"]) == ("CANCELED", bid["clientOrderId"])

# The other kinds
me.create_test_order(
    symbol=SYMBOL, side="BUY", type="LIMIT", timeInForce="GTC", quantity="1", price="3000"
)
stop = me.create_order(
    symbol=SYMBOL,
    side="SELL",
    type="STOP_LOSS_LIMIT",
    timeInForce="GTC",
    quantity="0.1",
    price="2890",
    stopPrice="2900",
)
waiting = me.get_order(symbol=SYMBOL, orderId=stop["orderId"])
assert (waiting["type"], waiting["isWorking"]) == ("STOP_LOSS_LIMIT", False)
maker = me.create_order(
    symbol=SYMBOL,
    side="SELL",
    type="LIMIT_MAKER",
    quantity="0.3",
    price="3500",
    newOrderRespType="RESULT",
)
assert (maker["type"], maker["status"]) == ("LIMIT_MAKER", "NEW")
assert [one["orderId"] for one in me.get_open_orders(symbol=SYMBOL)] == [
    stop["orderId"],
    maker["orderId"],
]
less = me._put(
    "order/amend/keepPriority",
    True,
    data={"symbol": SYMBOL, "orderId": maker["orderId"], "newQty": "0.2"},
    version="v3",
)
assert less["amendedOrder"]["qty"] == "0.20000000", less
moved = me.cancel_replace_order(
    symbol=SYMBOL,
    side="SELL",
    type="LIMIT_MAKER",
    cancelReplaceMode="STOP_ON_FAILURE",
    cancelOrderId=maker["orderId"],
    quantity="0.2",
    price="3600",
)
assert moved["newOrderResponse"]["price"] == "3600.00000000", moved
assert len(me._delete("openOrders", True, data={"symbol": SYMBOL}, version="v3")) == 2

# One that cancels the other
listed = me.create_oco_order(
    symbol=SYMBOL,
    side="SELL",
    quantity="0.1",
    aboveType="LIMIT_MAKER",
    abovePrice="3700",
    belowType="STOP_LOSS_LIMIT",
    belowStopPrice="2500",
    belowPrice="2490",
    belowTimeInForce="GTC",
)
assert listed["listOrderStatus"] == "EXECUTING", listed
assert len(me.get_open_orders(symbol=SYMBOL)) == 2
me.cancel_order(symbol=SYMBOL, orderId=listed["orders"][0]["orderId"])
assert me.get_open_orders(symbol=SYMBOL) == []

# Candles, trades, tickers
earliest = me._get_earliest_valid_timestamp(SYMBOL, "1m", HistoricalKlinesType.SPOT)
candles = me.get_historical_klines(SYMBOL, "1m", start_str=earliest)
assert candles and candles[0][0] == earliest, candles
assert all(after[0] - one[0] == 60_000 for one, after in zip(candles, candles[1:], strict=False))
newest = me.get_recent_trades(symbol=SYMBOL, limit=1)[0]
assert (newest["price"], newest["qty"], newest["isBuyerMaker"]) == (
    "3000.00000000",
    "0.20000000",
    True,
), newest
assert me.get_historical_trades(symbol=SYMBOL, fromId=newest["id"], limit=1) == [newest]
aggregates = list(me.aggregate_trade_iter(symbol=SYMBOL, last_id=newest["id"] - 1))
assert [one["a"] for one in aggregates] == [newest["id"]]
assert me.get_symbol_ticker(symbol=SYMBOL)["price"] == "3000.00000000"
assert me.get_orderbook_ticker(symbol=SYMBOL)["symbol"] == SYMBOL
assert me.get_ticker(symbol=SYMBOL)["lastPrice"] == "3000.00000000"
assert float(me.get_avg_price(symbol=SYMBOL)["price"]) > 0
assert len(me.get_all_tickers()) == 2
assert bid["orderId"] in [one["orderId"] for one in me.get_all_orders(symbol=SYMBOL)]

# Refusals, with their codes and words
order = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
refused(
    -2010,
    "Account has insufficient balance for requested action.",
    me.create_order,
    **order,
    quantity="9000",
    price="3000",
)
refused(-2011, "Unknown order sent.", me.cancel_order, symbol=SYMBOL, orderId=1)
refused(-2013, "Order does not exist.", me.get_order, symbol=SYMBOL, orderId=999_999_999)
refused(-1121, "Invalid symbol.", me.get_order_book, symbol="NOSUCH")
refused(-1013, "Filter failure: LOT_SIZE", me.create_order, **order, quantity="0.00001", price="1")
refused(
    -1013, "Filter failure: PRICE_FILTER", me.create_order, **order, quantity="1", price="3000.001"
)
refused(
    -1013, "Filter failure: NOTIONAL", me.create_order, **order, quantity="0.0001", price="3000"
)
refused(
    -1102,
    "Mandatory parameter 'price' was not sent, was empty/null, or malformed.",
    me.create_order,
    **order,
    quantity="1",
)
refused(-1022, "Signature for this request is not valid.", Client(KEY, "wrong").get_account)
refused(
    -2015, "Invalid API-key, IP, or permissions for action.", Client("nobody", SECRET).get_account
)
slow = Client(KEY, SECRET)
slow.timestamp_offset = -60_000
refused(-1021, "Timestamp for this request is outside of the recvWindow.", slow.get_account)
fast = Client(KEY, SECRET)
fast.timestamp_offset = 60_000
refused(
    -1021, "Timestamp for this request was 1000ms ahead of the server's time.", fast.get_account
)
print("python-binance has done all of it")
