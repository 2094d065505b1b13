"""binance-connector: REST, streams, and a user stream by listen key."""

import json
import queue

from binance.error import ClientError
from binance.spot import Spot
from binance.websocket.spot.websocket_api import SpotWebsocketAPIClient
from binance.websocket.spot.websocket_stream import SpotWebsocketStreamClient
from venue import BASE, KEY, OTHER_KEY, OTHER_SECRET, SECRET, WS, near

SYMBOL = "ETHUSDT"
PATIENCE_S = 20
me = Spot(KEY, SECRET, base_url=BASE, show_limit_usage=False)
other = Spot(OTHER_KEY, OTHER_SECRET, base_url=BASE)


def until(messages: "queue.Queue[str]", wanted) -> dict:
    while True:
        message = json.loads(messages.get(timeout=PATIENCE_S))
        if wanted(message):
            return message


def refused(code: int, text: str, call, *arguments, **named) -> None:
    try:
        call(*arguments, **named)
    except ClientError as error:
        assert (error.error_code, error.error_message) == (code, text), error
    else:
        raise AssertionError(f"{call} was not refused")


for customer in (me, other):
    if customer.get_open_orders(SYMBOL):
        customer.cancel_open_orders(SYMBOL)

# Markets, book, candles
assert me.ping() == {} and me.time()["serverTime"] > 0
assert me.exchange_info(symbols=["BTCUSDT", SYMBOL])["symbols"][1]["symbol"] == SYMBOL
depth = me.depth(SYMBOL, limit=5)
assert depth.keys() == {"lastUpdateId", "bids", "asks"}, depth
used = Spot(base_url=BASE, show_limit_usage=True).klines(SYMBOL, "1m")
assert int(used["limit_usage"]["x-mbx-used-weight-1m"]) > 0, used

# A user stream by listen key, and market streams
user, market = queue.Queue(), queue.Queue()
listen_key = me.new_listen_key()["listenKey"]
streams = SpotWebsocketStreamClient(
    stream_url=WS, on_message=lambda _, text: market.put(text), is_combined=True
)
own = SpotWebsocketStreamClient(stream_url=WS, on_message=lambda _, text: user.put(text))
own.user_data(listen_key=listen_key, id=7)
assert until(user, lambda one: one.get("id") == 7)["result"] is None
streams.subscribe(["ethusdt@aggTrade", "ethusdt@bookTicker"], id="both")
assert until(market, lambda one: one.get("id") == "both")["result"] is None

# A limit order that trades
bid = me.new_order(SYMBOL, "BUY", "LIMIT", timeInForce="GTC", quantity=0.5, price=3000)
assert bid["status"] == "NEW"
entered = until(user, lambda one: one["e"] == "executionReport")
assert (entered["x"], entered["i"], entered["C"]) == ("NEW", bid["orderId"], ""), entered
position = until(user, lambda one: one["e"] == "outboundAccountPosition")
assert position["B"][0]["a"] == "USDT", position
sale = other.new_order(SYMBOL, "SELL", "MARKET", quantity=0.2)
assert (sale["status"], sale["executedQty"]) == ("FILLED", "0.20000000")
fill = until(user, lambda one: one["e"] == "executionReport")
assert (fill["x"], fill["X"], fill["z"]) == ("TRADE", "PARTIALLY_FILLED", "0.20000000"), fill
trade = until(market, lambda one: one.get("stream") == "ethusdt@aggTrade")["data"]
assert (trade["q"], trade["m"]) == ("0.20000000", True), trade
assert near(me.my_trades(SYMBOL)[-1]["commission"], 0.2 * 0.0005)

# Stop, amend, cancel
stop = me.new_order(
    SYMBOL, "SELL", "STOP_LOSS_LIMIT", timeInForce="GTC", quantity=0.1, price=2890, stopPrice=2900
)
assert me.get_order(SYMBOL, orderId=stop["orderId"])["stopPrice"] == "2900.00000000"
moved = me.cancel_and_replace(
    SYMBOL,
    "BUY",
    "LIMIT",
    "STOP_ON_FAILURE",
    timeInForce="GTC",
    quantity=0.4,
    price=2999,
    cancelOrderId=bid["orderId"],
)
assert moved["newOrderResponse"]["price"] == "2999.00000000", moved
ended = me.cancel_order(
    SYMBOL, orderId=moved["newOrderResponse"]["orderId"], newClientOrderId="the-end"
)
assert (ended["status"], ended["clientOrderId"]) == ("CANCELED", "the-end")
last = until(user, lambda one: one.get("x") == "CANCELED")
assert (last["c"], last["C"]) == ("the-end", bid["clientOrderId"]), last
assert len(me.cancel_open_orders(SYMBOL)) == 1
assert bid["orderId"] in [one["orderId"] for one in me.get_orders(SYMBOL)]

# The WS-API
answers = queue.Queue()
api = SpotWebsocketAPIClient(
    stream_url=WS + "/ws-api/v3",
    api_key=KEY,
    api_secret=SECRET,
    on_message=lambda _, text: answers.put(text),
)
api.new_order(
    id="place",
    symbol=SYMBOL,
    side="BUY",
    type="LIMIT",
    timeInForce="GTC",
    quantity=0.1,
    price=3000,
    newOrderRespType="RESULT",
)
placed = until(answers, lambda one: one["id"] == "place")
assert (placed["status"], placed["result"]["status"]) == (200, "NEW"), placed
assert placed["rateLimits"], placed
api.cancel_order(id="cancel", symbol=SYMBOL, orderId=placed["result"]["orderId"])
assert until(answers, lambda one: one["id"] == "cancel")["result"]["status"] == "CANCELED"
api.get_order(id=3, symbol=SYMBOL, orderId=1_000_000_000)
missed = until(answers, lambda one: one["id"] == 3)
assert (missed["status"], missed["error"]["code"]) == (400, -2013), missed

refused(
    -2010,
    "Account has insufficient balance for requested action.",
    me.new_order,
    SYMBOL,
    "BUY",
    "LIMIT",
    timeInForce="GTC",
    quantity=9_000,
    price=3000,
)
refused(-1022, "Signature for this request is not valid.", Spot(KEY, "x", base_url=BASE).account)
refused(-2011, "Unknown order sent.", me.cancel_open_orders, SYMBOL)
me.renew_listen_key(listen_key)
me.close_listen_key(listen_key)
refused(-1125, "This listenKey does not exist.", me.renew_listen_key, listen_key)
for socket in (streams, own, api):
    socket.stop()
print("binance-connector has done all of it")
