"""The AsyncAPI document is that of the WebSocket as it is: what is said fits it, both ways."""

import asyncio
from typing import Any

from jsonschema import Draft202012Validator

from gateway import asyncapi
from tests.integration.gateway.rig import Rig
from tests.unit.gateway.exchange import ALICE

ORDER = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "64000.00", "qty": "0.01"}


def validator(document: dict[str, Any], operation: str) -> Draft202012Validator:
    """Return what accepts the messages of an operation, or of its reply."""
    names = [
        each["$ref"].rpartition("/")[2] for each in document["operations"][operation]["messages"]
    ]
    payloads = [document["components"]["messages"][name]["payload"] for name in names]
    return Draft202012Validator({"anyOf": payloads, "components": document["components"]})


async def test_every_push_and_request_fits_the_document(rig: Rig) -> None:
    _, document = await rig.call("GET", "/asyncapi.json")
    assert document == asyncapi.document(document["info"]["version"])
    pushed, asked = validator(document, "push"), validator(document, "ask")
    requests = [
        {"op": "auth", "id": 1, "token": rig.accounts.token(ALICE)},
        *(
            {"op": "subscribe", "id": name, "channel": name}
            for name in ("orders", "fills", "balances")
        ),
        {
            "op": "subscribe",
            "id": "book",
            "channel": "book",
            "symbol": "BTC-USDT",
            "interval_ms": 0,
        },
        {"op": "subscribe", "id": "all", "channel": "instruments"},
        {"op": "place", "id": 2, **ORDER},
        {"op": "place", "id": 3, **ORDER, "side": "sell"},
        {"op": "cancel_all", "id": 4},
    ]
    seen: set[tuple[str, str]] = set()
    wanted = {("orders", "update"), ("fills", "update"), ("balances", "update"), ("book", "delta")}
    async with rig.http.ws_connect(rig.base_url + "/api/v1/ws") as socket:
        for request in requests:
            asked.validate(request)
            await socket.send_json(request)
        async with asyncio.timeout(5):
            while not wanted <= seen:
                message = (await socket.receive()).json()
                if "channel" in message:
                    pushed.validate(message)
                    seen.add((message["channel"], message.get("type", "")))
    assert not asked.is_valid({"op": "place", "price": 1})
    assert not pushed.is_valid({"channel": "orders", "type": "update"})
