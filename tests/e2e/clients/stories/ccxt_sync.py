"""ccxt, one call after the other."""

import time

import ccxt
from venue import BASE, KEY, OTHER_KEY, OTHER_SECRET, SECRET, WS, near

SYMBOL = "ETH/USDT"


def exchange(key: str, secret: str) -> ccxt.binance:
    return ccxt.binance(
        {
            "apiKey": key,
            "secret": secret,
            "enableRateLimit": False,
            "options": {"sandbox": True, "fetchMarkets": {"types": ["spot"]}},
            "urls": {
                "test": {
                    "public": BASE + "/api/v3",
                    "private": BASE + "/api/v3",
                    "v1": BASE + "/api/v1",
                    "ws": {"spot": WS + "/stream/ws", "ws-api": {"spot": WS + "/ws-api/v3"}},
                }
            },
        }
    )


def refused(error: type[Exception], call, *arguments, **named) -> str:
    try:
        call(*arguments, **named)
    except error as refusal:
        return str(refusal)
    raise AssertionError(f"{call} was not refused")


me, other = exchange(KEY, SECRET), exchange(OTHER_KEY, OTHER_SECRET)

# Markets
markets = me.load_markets()
precision = markets[SYMBOL]["precision"]
assert (precision["amount"], precision["price"]) == (0.0001, 0.01), precision
assert markets[SYMBOL]["active"] and markets[SYMBOL]["limits"]["cost"]["min"] == 1
assert abs(me.fetch_time() - time.time() * 1000) < 5_000
other.load_markets()

# A clean start
for customer in (me, other):
    if customer.fetch_open_orders(SYMBOL):
        customer.cancel_all_orders(SYMBOL)

# Balance, limit order, book
before = me.fetch_balance()
bid = me.create_order(SYMBOL, "limit", "buy", 0.5, 3000)
assert (bid["status"], bid["filled"], bid["remaining"]) == ("open", 0, 0.5), bid
held = me.fetch_balance()
assert near(held["USDT"]["used"] - before["USDT"]["used"], 1_500)
book = me.fetch_order_book(SYMBOL)
assert [3000.0, 0.5] in book["bids"], book
assert [one["id"] for one in me.fetch_open_orders(SYMBOL)] == [bid["id"]]
assert me.fetch_order(bid["id"], SYMBOL)["clientOrderId"] == bid["clientOrderId"]

# It trades
sale = other.create_order(SYMBOL, "market", "sell", 0.2)
assert (sale["status"], sale["average"], sale["filled"]) == ("closed", 3000, 0.2), sale
assert near(sale["fee"]["cost"], 0.2 * 3000 * 0.001) and sale["fee"]["currency"] == "USDT"
partly = me.fetch_order(bid["id"], SYMBOL)
assert (partly["status"], partly["filled"]) == ("open", 0.2)
mine = me.fetch_my_trades(SYMBOL)[-1]
assert (mine["order"], mine["amount"], mine["takerOrMaker"]) == (bid["id"], 0.2, "maker")
assert near(mine["fee"]["cost"], 0.2 * 0.0005) and mine["fee"]["currency"] == "ETH"

# Amended, then canceled
edited = me.edit_order(bid["id"], SYMBOL, "limit", "buy", 0.25, 2999)
assert (edited["price"], edited["remaining"]) == (2999, 0.25), edited
ended = me.cancel_order(edited["id"], SYMBOL)
assert ended["status"] == "canceled", ended
assert me.fetch_order(edited["id"], SYMBOL)["status"] == "canceled"

# By budget
other.create_order(SYMBOL, "limit", "sell", 1, 3010)
bought = me.create_market_buy_order_with_cost(SYMBOL, 301)
assert (bought["status"], bought["filled"]) == ("closed", 0.1), bought

# A stop and a take-profit wait for their triggers
stop = me.create_order(SYMBOL, "limit", "sell", 0.1, 2890, {"stopLossPrice": 2900})
assert (stop["type"], stop["status"], stop["triggerPrice"]) == ("limit", "open", 2900), stop
gain = me.create_order(SYMBOL, "market", "sell", 0.1, None, {"takeProfitPrice": 3900})
assert me.fetch_order(gain["id"], SYMBOL)["status"] == "open"
assert len(me.cancel_all_orders(SYMBOL)) == 2

# Candles, trades, tickers
candles = me.fetch_ohlcv(SYMBOL, "1m")
assert candles and candles[-1][2] >= 3000, candles
trades = me.fetch_trades(SYMBOL)
assert trades[-1]["price"] == 3010 and trades[-1]["side"] == "buy"
since = me.fetch_trades(SYMBOL, since=trades[0]["timestamp"])
assert [one["id"] for one in since] == [one["id"] for one in trades]
ticker = me.fetch_ticker(SYMBOL)
assert (ticker["last"], ticker["ask"]) == (3010, 3010), ticker
assert me.fetch_tickers([SYMBOL])[SYMBOL]["last"] == 3010
assert me.fetch_bids_asks([SYMBOL])[SYMBOL]["ask"] == 3010
assert me.fetch_last_prices([SYMBOL])[SYMBOL]["price"] == 3010

# History
kinds = {one["id"]: one["status"] for one in me.fetch_orders(SYMBOL)}
assert kinds[bid["id"]] == "canceled" and kinds[bought["id"]] == "closed"
assert bought["id"] in [one["id"] for one in me.fetch_closed_orders(SYMBOL)]
assert bid["id"] in [one["id"] for one in me.fetch_canceled_orders(SYMBOL)]
assert me.fetch_order_trades(bought["id"], SYMBOL)[0]["amount"] == 0.1

# Refusals, each by the error that ccxt knows for it
refused(ccxt.InsufficientFunds, me.create_order, SYMBOL, "limit", "buy", 9_000, 3000)
refused(ccxt.OrderNotFound, me.cancel_order, "1", SYMBOL)
refused(ccxt.OrderNotFound, me.fetch_order, "999999999", SYMBOL)
refused(
    ccxt.OrderImmediatelyFillable,
    me.create_order,
    SYMBOL,
    "limit",
    "buy",
    1,
    3010,
    {"postOnly": True},
)
refused(
    ccxt.OrderImmediatelyFillable,
    me.create_order,
    SYMBOL,
    "market",
    "sell",
    1,
    None,
    {"stopLossPrice": 3500},
)
raw = {"symbol": "ETHUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
refused(ccxt.InvalidOrder, me.private_post_order, raw | {"quantity": "0.00001", "price": "3000"})
refused(ccxt.InvalidOrder, me.private_post_order, raw | {"quantity": "1", "price": "3000.001"})
refused(ccxt.BadRequest, me.private_post_order, raw | {"quantity": "1e3", "price": "3000"})
refused(ccxt.BadRequest, me.private_post_order, raw | {"quantity": "1"})
refused(ccxt.BadSymbol, me.public_get_depth, {"symbol": "NOSUCH"})
once = raw | {"quantity": "1", "price": "2000", "newClientOrderId": f"once-{time.time_ns()}"}
me.private_post_order(once)
assert "Duplicate order sent." in refused(ccxt.InvalidOrder, me.private_post_order, once)
me.cancel_all_orders(SYMBOL)
refused(ccxt.AuthenticationError, exchange(KEY, "wrong").fetch_balance)
refused(ccxt.AuthenticationError, exchange("nobody", SECRET).fetch_balance)
late = exchange(KEY, SECRET)
late.nonce = lambda: ccxt.Exchange.milliseconds() - 20_000
refused(ccxt.InvalidNonce, late.fetch_balance)
early = exchange(KEY, SECRET)
early.nonce = lambda: ccxt.Exchange.milliseconds() + 20_000
refused(ccxt.InvalidNonce, early.fetch_balance)

# Whoever replaces every URL, sandbox or not, finds harmless answers at the other doors
plain = ccxt.binance({"apiKey": KEY, "secret": SECRET, "enableRateLimit": False})
plain.urls["api"] = {
    name: BASE + url[url.index("/", 8) :] if isinstance(url, str) else url
    for name, url in plain.urls["api"].items()
}
assert SYMBOL in plain.load_markets()
assert plain.fetch_currencies()["BTC"]["code"] == "BTC"
assert near(plain.fetch_trading_fees()[SYMBOL]["taker"], 0.001)
assert plain.fetch_status()["status"] == "ok"
other.cancel_all_orders(SYMBOL)
print("ccxt", ccxt.__version__, "has done all of it")
