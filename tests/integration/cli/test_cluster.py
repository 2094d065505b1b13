"""`openbell cluster up`: the engine that leads is killed, and the customer hardly notices."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from client import ClientError, OpenbellClient
from tests.integration.cli.test_up import Machine

PATIENCE_S = 60
ORDER: dict[str, Any] = {"type": "limit", "price": "40000.00", "qty": "0.001"}


def leader(machine: Machine) -> int | None:
    """Return which replica leads, once all follow it."""
    done = machine.run("cluster", "status", "--json")
    leads = [row["replica"] for row in json.loads(done.stdout) if row["leads"]]
    return leads[0] if done.returncode == 0 else None


async def placed(client: OpenbellClient, name: str) -> int:
    """Place an order, under the same name until it is answered; return its id."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                placing = client.place("BTC-USDT", "buy", client_order_id=name, **ORDER)
                return (await placing).order_id
            except ClientError:
                await asyncio.sleep(0.1)


@pytest.mark.timeout(240)
async def test_a_customer_goes_on_with_the_next_leader(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "data")
    words = ("--port", str(machine.port), "--no-bots", "--detach")
    done = await asyncio.to_thread(machine.run, "cluster", "up", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    try:
        first = leader(machine)
        key = machine.facts().demo["api_keys"][0]
        async with OpenbellClient(
            machine.url, api_key=key["api_key"], api_secret=key["api_secret"]
        ) as client:
            before = await placed(client, "before")
            killed = machine.facts().processes[f"engine_{first}"].pid
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            after = await placed(client, "after")
            assert after > before
            assert await placed(client, "before") == before
        async with asyncio.timeout(PATIENCE_S):
            while (second := await asyncio.to_thread(leader, machine)) is None:
                await asyncio.sleep(0.1)
        assert second != first
    finally:
        assert machine.run("cluster", "down").returncode == 0
