"""The two tables of this dialect: paths of the REST door, methods of the WS-API."""

from typing import Final

from gateway.binance import (
    account,
    amends,
    courtesy,
    depth,
    exchange_info,
    klines,
    order_lists,
    orders,
    tickers,
    trades,
    user_stream_keys,
)
from gateway.binance.call import Operation, Security
from gateway.binance.parameters import Parameters


def _weight_of_open_orders(parameters: Parameters) -> int:
    return 6 if parameters.has("symbol") else 80


def _weight_of_my_trades(parameters: Parameters) -> int:
    return 5 if parameters.has("orderId") else 20


READ, TRADE, KEY = Security.READ, Security.TRADE, Security.KEY

PING: Final = Operation(handler=exchange_info.ping)
TIME: Final = Operation(handler=exchange_info.time)
EXCHANGE_INFO: Final = Operation(handler=exchange_info.exchange_info, weight=20)
DEPTH: Final = Operation(handler=depth.depth, weight=depth.weight)
TRADES: Final = Operation(handler=trades.recent, weight=25)
OLD_TRADES: Final = Operation(handler=trades.historical, weight=25)
AGGREGATES: Final = Operation(handler=trades.aggregate, weight=4)
KLINES: Final = Operation(handler=klines.klines, weight=2)
AVERAGE: Final = Operation(handler=tickers.average_price, weight=2)
DAY: Final = Operation(handler=tickers.day, weight=tickers.weight(2, 80))
TRADING_DAY: Final = Operation(handler=tickers.trading_day, weight=4)
ROLLING: Final = Operation(handler=tickers.rolling, weight=4)
PRICE: Final = Operation(handler=tickers.prices, weight=tickers.weight(2, 4))
BOOK: Final = Operation(handler=tickers.book_tickers, weight=tickers.weight(2, 4))

PLACE: Final = Operation(handler=orders.place, security=TRADE, is_order=True)
TEST: Final = Operation(handler=orders.test, security=TRADE)
ORDER: Final = Operation(handler=orders.look_up, security=READ, weight=4)
CANCEL: Final = Operation(handler=orders.cancel, security=TRADE)
CANCEL_ALL: Final = Operation(handler=orders.cancel_all, security=TRADE)
REPLACE: Final = Operation(handler=amends.cancel_replace, security=TRADE, is_order=True)
AMEND: Final = Operation(handler=amends.keep_priority, security=TRADE, weight=4)
OPEN_ORDERS: Final = Operation(
    handler=orders.open_orders, security=READ, weight=_weight_of_open_orders
)
ALL_ORDERS: Final = Operation(handler=orders.all_orders, security=READ, weight=20)
ACCOUNT: Final = Operation(handler=account.account, security=READ, weight=20)
MY_TRADES: Final = Operation(handler=account.my_trades, security=READ, weight=_weight_of_my_trades)
COMMISSION: Final = Operation(handler=account.commission, security=READ, weight=20)
ORDER_RATES: Final = Operation(handler=account.order_rates, security=READ, weight=40)
OCO: Final = Operation(handler=order_lists.place, security=TRADE, is_order=True)
OLD_OCO: Final = Operation(handler=order_lists.place_old, security=TRADE, is_order=True)
OTO: Final = Operation(handler=order_lists.place_oto, security=TRADE)
LIST: Final = Operation(handler=order_lists.look_up, security=READ, weight=4)
CANCEL_LIST: Final = Operation(handler=order_lists.cancel, security=TRADE)
OPEN_LISTS: Final = Operation(handler=order_lists.open_lists, security=READ, weight=6)
ALL_LISTS: Final = Operation(handler=order_lists.all_lists, security=READ, weight=20)
NONE_OF_IT: Final = Operation(handler=account.none_of_it, security=READ, weight=20)
START_KEY: Final = Operation(handler=user_stream_keys.start, security=KEY, weight=2)
KEEP_KEY: Final = Operation(handler=user_stream_keys.keep, security=KEY, weight=2)
STOP_KEY: Final = Operation(handler=user_stream_keys.stop, security=KEY, weight=2)

_V3: Final = "/api/v3"
REST: Final[tuple[tuple[str, str, Operation], ...]] = (
    ("GET", f"{_V3}/ping", PING),
    ("GET", f"{_V3}/time", TIME),
    ("GET", f"{_V3}/exchangeInfo", EXCHANGE_INFO),
    ("GET", f"{_V3}/depth", DEPTH),
    ("GET", f"{_V3}/trades", TRADES),
    ("GET", f"{_V3}/historicalTrades", OLD_TRADES),
    ("GET", f"{_V3}/aggTrades", AGGREGATES),
    ("GET", f"{_V3}/klines", KLINES),
    ("GET", f"{_V3}/uiKlines", KLINES),
    ("GET", f"{_V3}/avgPrice", AVERAGE),
    ("GET", f"{_V3}/ticker/24hr", DAY),
    ("GET", f"{_V3}/ticker/tradingDay", TRADING_DAY),
    ("GET", f"{_V3}/ticker", ROLLING),
    ("GET", f"{_V3}/ticker/price", PRICE),
    ("GET", f"{_V3}/ticker/bookTicker", BOOK),
    ("POST", f"{_V3}/order", PLACE),
    ("POST", f"{_V3}/order/test", TEST),
    ("GET", f"{_V3}/order", ORDER),
    ("DELETE", f"{_V3}/order", CANCEL),
    ("POST", f"{_V3}/order/cancelReplace", REPLACE),
    ("PUT", f"{_V3}/order/amend/keepPriority", AMEND),
    ("POST", f"{_V3}/orderList/oco", OCO),
    ("POST", f"{_V3}/order/oco", OLD_OCO),
    ("POST", f"{_V3}/orderList/oto", OTO),
    ("POST", f"{_V3}/orderList/otoco", OTO),
    ("POST", f"{_V3}/orderList/opo", OTO),
    ("POST", f"{_V3}/orderList/opoco", OTO),
    ("GET", f"{_V3}/orderList", LIST),
    ("DELETE", f"{_V3}/orderList", CANCEL_LIST),
    ("GET", f"{_V3}/openOrderList", OPEN_LISTS),
    ("GET", f"{_V3}/allOrderList", ALL_LISTS),
    ("GET", f"{_V3}/openOrders", OPEN_ORDERS),
    ("DELETE", f"{_V3}/openOrders", CANCEL_ALL),
    ("GET", f"{_V3}/allOrders", ALL_ORDERS),
    ("GET", f"{_V3}/account", ACCOUNT),
    ("GET", f"{_V3}/account/commission", COMMISSION),
    ("GET", f"{_V3}/myTrades", MY_TRADES),
    ("GET", f"{_V3}/myPreventedMatches", NONE_OF_IT),
    ("GET", f"{_V3}/rateLimit/order", ORDER_RATES),
    ("POST", f"{_V3}/userDataStream", START_KEY),
    ("PUT", f"{_V3}/userDataStream", KEEP_KEY),
    ("DELETE", f"{_V3}/userDataStream", STOP_KEY),
    ("GET", "/sapi/v1/capital/config/getall", Operation(handler=courtesy.coins, security=READ)),
    ("GET", "/sapi/v1/margin/allPairs", Operation(handler=courtesy.nothing)),
    ("GET", "/sapi/v1/margin/isolated/allPairs", Operation(handler=courtesy.nothing)),
    ("GET", "/sapi/v1/system/status", Operation(handler=courtesy.system_status)),
    ("GET", "/sapi/v1/asset/tradeFee", Operation(handler=courtesy.trade_fees, security=READ)),
    ("GET", "/fapi/v1/exchangeInfo", Operation(handler=courtesy.no_symbols)),
    ("GET", "/dapi/v1/exchangeInfo", Operation(handler=courtesy.no_symbols)),
)
UNSERVED: Final = (_V3, "/sapi", "/fapi", "/dapi")
"""Below these everything else is answered in this dialect: there is nothing."""

WS_API: Final[dict[str, Operation]] = {
    "ping": PING,
    "time": TIME,
    "exchangeInfo": EXCHANGE_INFO,
    "depth": DEPTH,
    "trades.recent": TRADES,
    "trades.historical": OLD_TRADES,
    "trades.aggregate": AGGREGATES,
    "klines": KLINES,
    "uiKlines": KLINES,
    "avgPrice": AVERAGE,
    "ticker.24hr": DAY,
    "ticker.tradingDay": TRADING_DAY,
    "ticker": ROLLING,
    "ticker.price": PRICE,
    "ticker.book": BOOK,
    "order.place": PLACE,
    "order.test": TEST,
    "order.status": ORDER,
    "order.cancel": CANCEL,
    "order.cancelReplace": REPLACE,
    "order.amend.keepPriority": AMEND,
    "orderList.place.oco": OCO,
    "orderList.place": OLD_OCO,
    "orderList.place.oto": OTO,
    "orderList.place.otoco": OTO,
    "orderList.place.opo": OTO,
    "orderList.place.opoco": OTO,
    "orderList.status": LIST,
    "orderList.cancel": CANCEL_LIST,
    "openOrderLists.status": OPEN_LISTS,
    "allOrderLists": ALL_LISTS,
    "openOrders.status": OPEN_ORDERS,
    "openOrders.cancelAll": CANCEL_ALL,
    "allOrders": ALL_ORDERS,
    "account.status": ACCOUNT,
    "account.commission": COMMISSION,
    "account.rateLimits.orders": ORDER_RATES,
    "myTrades": MY_TRADES,
    "myPreventedMatches": NONE_OF_IT,
    "userDataStream.start": START_KEY,
    "userDataStream.ping": KEEP_KEY,
    "userDataStream.stop": STOP_KEY,
}
