"""How each client of the Binance Spot dialect is pointed at an exchange: programs ready to run.

The how-to of each client holds the same text, with the usual address and without a key.
"""

from __future__ import annotations

from typing import Final

NO_KEY: Final = ("YOUR_KEY", "YOUR_SECRET")

_CCXT: Final = """\
# Safety: replace the *test* URLs, as here. Whatever has no URL of its own then fails here and now;
# with `urls.api` replaced instead, a withdrawal would still go to the real exchange.
import ccxt  # pip install ccxt

API, STREAMS = "{url}/api/v3", "{ws}"
exchange = ccxt.binance(  # ccxt.async_support and ccxt.pro take the same settings
    {{
        "apiKey": "{key}",
        "secret": "{secret}",
        "options": {{"sandbox": True, "fetchMarkets": {{"types": ["spot"]}}}},
        "urls": {{
            "test": {{
                "public": API,
                "private": API,
                "v1": API,
                "ws": {{
                    "spot": STREAMS + "/stream/ws",
                    "ws-api": {{"spot": STREAMS + "/ws-api/v3"}},
                }},
            }}
        }},
    }}
)
print("best bids:", exchange.fetch_order_book("BTC/USDT")["bids"][:3])
order = exchange.create_order("BTC/USDT", "limit", "buy", 0.001, 20_000)
print("order", order["id"], "is", order["status"])
print("and now", exchange.cancel_order(order["id"], "BTC/USDT")["status"])
print("free USDT:", exchange.fetch_balance()["USDT"]["free"])
"""

_PYTHON_BINANCE: Final = """\
# Safety: set the class attributes before a client is made, all of them. One that is left as it is
# points at the real exchange, and the client pings it when it is made.
from binance import BinanceSocketManager, Client  # pip install python-binance
from binance.base_client import BaseClient

BaseClient.API_URL = "{url}/api"
BaseClient.MARGIN_API_URL = "{url}/sapi"
BaseClient.WS_API_URL = "{ws}/ws-api/v3"
BinanceSocketManager.STREAM_URL = "{ws}/"

client = Client("{key}", "{secret}")
print("best bids:", client.get_order_book(symbol="BTCUSDT")["bids"][:3])
order = client.order_limit_buy(symbol="BTCUSDT", quantity="0.001", price="20000")
print("order", order["orderId"], "is", order["status"])
print("and now", client.cancel_order(symbol="BTCUSDT", orderId=order["orderId"])["status"])
print("free USDT:", client.get_asset_balance(asset="USDT")["free"])
"""

_BINANCE_CONNECTOR: Final = """\
# Safety: give every client its URL. One made without points at the real exchange.
import queue

from binance.spot import Spot  # pip install binance-connector
from binance.websocket.spot.websocket_stream import SpotWebsocketStreamClient

client = Spot("{key}", "{secret}", base_url="{url}")
print("best bids:", client.depth("BTCUSDT", limit=5)["bids"][:3])

events = queue.Queue()
stream = SpotWebsocketStreamClient(
    stream_url="{ws}", on_message=lambda _, event: events.put(event)
)
stream.user_data(listen_key=client.new_listen_key()["listenKey"])
events.get(timeout=10)  # it is subscribed
order = client.new_order("BTCUSDT", "BUY", "LIMIT", timeInForce="GTC", quantity=0.001, price=20_000)
print("order", order["orderId"], "is", order["status"])
print("told:", events.get(timeout=10)[:60], "…")
print("and now", client.cancel_order("BTCUSDT", orderId=order["orderId"])["status"])
stream.stop()
"""

_FREQTRADE: Final = """\
{{
    "max_open_trades": 1,
    "stake_currency": "USDT",
    "stake_amount": 100,
    "dry_run": true,
    "dry_run_wallet": 1000,
    "trading_mode": "spot",
    "entry_pricing": {{"price_side": "other", "use_order_book": true, "order_book_top": 1}},
    "exit_pricing": {{"price_side": "other", "use_order_book": true, "order_book_top": 1}},
    "pairlists": [{{"method": "StaticPairList"}}],
    "exchange": {{
        "name": "binance",
        "key": "{key}",
        "secret": "{secret}",
        "only_from_ccxt": true,
        "pair_whitelist": ["BTC/USDT", "ETH/USDT"],
        "ccxt_config": {{
            "options": {{"sandbox": true, "fetchMarkets": {{"types": ["spot"]}}}},
            "urls": {{
                "test": {{
                    "public": "{url}/api/v3",
                    "private": "{url}/api/v3",
                    "v1": "{url}/api/v3",
                    "ws": {{
                        "spot": "{ws}/stream/ws",
                        "ws-api": {{"spot": "{ws}/ws-api/v3"}}
                    }}
                }}
            }}
        }}
    }}
}}
"""

RECIPES: Final = {
    "ccxt": _CCXT,
    "python-binance": _PYTHON_BINANCE,
    "binance-connector": _BINANCE_CONNECTOR,
    "freqtrade": _FREQTRADE,
}


def filled_in(client: str, url: str, key: str, secret: str) -> str:
    """Return the program (freqtrade: the configuration) for one of ``RECIPES``."""
    websocket = url.replace("http", "ws", 1)
    return RECIPES[client].format(url=url, ws=websocket, key=key, secret=secret)
