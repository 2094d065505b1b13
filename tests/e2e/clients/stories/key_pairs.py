"""Clients that sign with the private half of a key pair: RSA and Ed25519."""

import asyncio

import ccxt
from binance import AsyncClient, Client
from binance.base_client import BaseClient
from venue import BASE, FACTS, WS

BaseClient.API_URL = BASE + "/api"
BaseClient.MARGIN_API_URL = BASE + "/sapi"
BaseClient.WS_API_URL = WS + "/ws-api/v3"
URLS = {"public": BASE + "/api/v3", "private": BASE + "/api/v3", "v1": BASE + "/api/v1"}
SETTINGS = {
    "enableRateLimit": False,
    "options": {"sandbox": True, "fetchMarkets": {"types": ["spot"]}},
    "urls": {"test": URLS},
}
BID = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
BID |= {"quantity": "0.01", "price": "60000"}


async def over_the_ws_api(key: str, pem: str) -> None:
    client = await AsyncClient.create(key, private_key=pem)
    try:
        assert (await client.ws_get_account())["canTrade"]
    finally:
        await client.close_connection()


for key, pem in FACTS["keys"]:
    # Base64 has characters that a query must escape: some of a few signatures have them.
    client = Client(key, private_key=pem)
    for _ in range(4):
        order = client.create_order(**BID)
        ended = client.cancel_order(symbol="BTCUSDT", orderId=order["orderId"])
        assert ended["status"] == "CANCELED", ended
    asyncio.run(over_the_ws_api(key, pem))
    exchange = ccxt.binance({**SETTINGS, "apiKey": key, "secret": pem})
    order = exchange.private_post_order(BID)
    exchange.private_delete_order({"symbol": "BTCUSDT", "orderId": order["orderId"]})
    assert exchange.fetch_balance()["USDT"]["free"] > 0
print("clients with key pairs have done all of it")
