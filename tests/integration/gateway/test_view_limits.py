"""One address does not take all views of books that a gateway works out."""

import asyncio
from typing import Any

import pytest

from tests.integration.gateway.rig import Rig
from tests.integration.gateway.test_websocket import Client, connected


async def test_an_address_reads_so_many_views_on_all_of_its_connections(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.ws.view_limits.VIEWS_PER_ADDRESS_MAX", 1)
    book = {"channel": "book", "symbol": "BTC-USDT"}
    async with connected(rig) as client:
        async with connected(rig) as other:
            await client.result("subscribe", **book, levels=1)
            await other.result("subscribe", **book, levels=1)  # the same is no other view
            assert await other.error("subscribe", **book, levels=2) == "TOO_MANY_VIEWS"
            await other.result("subscribe", **book)
            await client.result("unsubscribe", **book, levels=1)
            assert await other.error("subscribe", **book, levels=2) == "TOO_MANY_VIEWS"
        await eventually(client, **book, levels=2)  # the other connection is gone, and its view
        assert await client.error("subscribe", **book, levels=3) == "TOO_MANY_VIEWS"


async def eventually(client: Client, **topic: Any) -> None:
    """Subscribe as soon as there is room."""
    async with asyncio.timeout(20):
        while True:
            answer = await client.ask("subscribe", **topic)
            if answer["ok"]:
                return
            await asyncio.sleep(0.02)
