"""Bots on a whole exchange, in real processes: controlled by name, killed, one's own."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from client.rest import OpenbellClient
from tests.integration.cli.test_up import Machine

pytestmark = pytest.mark.timeout(120)
MAKER = "market_maker-BTC-USDT"
WITHIN_S = 40


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """An exchange with its own bots, that these tests may stop and kill."""
    machine = Machine(tmp_path_factory.mktemp("bots") / "data")
    opened = machine.up("--detach", "--history", "0")
    assert opened.returncode == 0, opened.stdout + opened.stderr
    yield machine
    machine.run("down")


def _client(exchange: Machine, role: str) -> OpenbellClient:
    return OpenbellClient(exchange.url, **json.loads(exchange.paths.bots.read_text())[role])


async def _open_count(client: OpenbellClient, symbol: str) -> int:
    return len(await client.orders("open", symbol, 500))


async def _until_open(client: OpenbellClient, symbol: str, *, some: bool) -> None:
    async with asyncio.timeout(WITHIN_S):
        while bool(await _open_count(client, symbol)) is not some:
            await asyncio.sleep(0.02)


def _ask(exchange: Machine, *words: str) -> str:
    done = exchange.run("bots", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _bots(exchange: Machine) -> dict[str, dict[str, Any]]:
    return {bot["name"]: bot for bot in json.loads(_ask(exchange, "list", "--json"))}


def _states(exchange: Machine) -> dict[str, str]:
    return {name: bot["state"] for name, bot in _bots(exchange).items()}


async def test_a_bot_is_stopped_set_and_started_by_its_name(exchange: Machine) -> None:
    assert len(_states(exchange)) == 4
    async with _client(exchange, "maker") as maker:
        await _until_open(maker, "BTC-USDT", some=True)
        _ask(exchange, "stop", MAKER)
        assert _bots(exchange)[MAKER]["orders"] == []
        # Its orders are gone when the command returns; the other market's maker goes on.
        assert await _open_count(maker, "BTC-USDT") == 0
        await _until_open(maker, "ETH-USDT", some=True)
        refused = exchange.run("bots", "set", MAKER, "levels=0")
        assert refused.returncode == 1 and "levels: '0'" in refused.stderr
        _ask(exchange, "set", MAKER, "levels=3")
        _ask(exchange, "start", MAKER)
        await _until_open(maker, "BTC-USDT", some=True)
        async with asyncio.timeout(WITHIN_S):
            while await _open_count(maker, "BTC-USDT") != 6:
                await asyncio.sleep(0.05)
    unknown = exchange.run("bots", "stop", "nobody")
    assert unknown.returncode == 1 and MAKER in unknown.stderr


async def test_people_see_the_bots_and_keys_do_not_control_them(exchange: Machine) -> None:
    async with OpenbellClient(exchange.url) as person, _client(exchange, "maker") as key:
        await person.login("demo@openbell.local", "openbell-demo")
        told = await person.call("GET", "/bots", dict[str, Any])
        assert {"market_maker", "grid"} <= {one["name"] for one in told["strategies"]}
        states = {bot["name"]: bot["state"] for bot in told["bots"]}
        assert states[MAKER] in ("trading", "starting", "waiting")
        path = "/bots/noise_taker-ETH-USDT"
        stopped = await person.call("POST", f"{path}/stop", dict[str, Any])
        assert (stopped["state"], stopped["orders"]) == ("stopped", [])
        body = {"parameters": {"rate": "0.5"}}
        changed = await person.call("PATCH", f"{path}/parameters", dict[str, Any], body=body)
        values = {one["name"]: one["value"] for one in changed["parameters"]}
        assert (values["rate"], values["decay"]) == ("0.5", "1.5")
        await person.call("POST", f"{path}/start", dict[str, Any])
        with pytest.raises(Exception, match="FORBIDDEN"):
            await key.call("POST", f"{path}/stop", dict[str, Any])
        body = {"name": "mine", "strategy": "/tmp/mine.py", "symbols": ["BTC-USDT"]}
        with pytest.raises(Exception, match="strategy"):
            await person.call("POST", "/bots", dict[str, Any], body=body)
        # What the bots' process may read and reach is not the person's to read and reach.
        secrets = {"parameters": {"reference": f"file:{exchange.paths.secrets}"}}
        for setting in (secrets, {"parameters": {"reference": f"http:{exchange.url}/readyz"}}):
            with pytest.raises(Exception, match="FORBIDDEN"):
                await person.call(
                    "PATCH", f"/bots/{MAKER}/parameters", dict[str, Any], body=setting
                )
            begun = body | {"strategy": "market_maker"} | setting
            with pytest.raises(Exception, match="FORBIDDEN"):
                await person.call("POST", "/bots", dict[str, Any], body=begun)


async def test_nobody_without_the_secret_controls_the_bots(exchange: Machine) -> None:
    port = exchange.facts().ports["bot_http"]
    async with aiohttp.ClientSession() as http:
        for method, path in (("GET", "bots"), ("POST", f"bots/{MAKER}/stop")):
            url = f"http://127.0.0.1:{port}/internal/{path}"
            async with http.request(method, url) as answer:
                assert answer.status == 401


async def _gone_within_s(client: OpenbellClient, since_s: float) -> float:
    async with asyncio.timeout(WITHIN_S):
        while await _open_count(client, "BTC-USDT") or await _open_count(client, "ETH-USDT"):
            await asyncio.sleep(0.01)
    return time.monotonic() - since_s


def _own_bot(exchange: Machine, directory: Path) -> "subprocess.Popen[bytes]":
    """A bots' process of its own, on the account of one's own bots."""
    own = dict(os.environ) | {
        "OPENBELL_GATEWAY_URL": exchange.url,
        "OPENBELL_BOT_HTTP_PORT": "0",
        "OPENBELL_BOT_CREDENTIALS": str(exchange.paths.bots),
        "OPENBELL_BOT_STRATEGIES": "grid:BTC-USDT",
    }
    with (directory / "bot.log").open("wb") as log:
        return subprocess.Popen([sys.executable, "-P", "-m", "trading_bot"], env=own, stdout=log)


async def test_kill_9_of_a_bot_and_its_orders_are_gone(exchange: Machine, tmp_path: Path) -> None:
    async with _client(exchange, "trader") as trader:
        bot = _own_bot(exchange, tmp_path)
        try:
            await _until_open(trader, "BTC-USDT", some=True)
            os.kill(bot.pid, signal.SIGKILL)
            took_s = await _gone_within_s(trader, time.monotonic())
        finally:
            bot.kill()
            bot.wait()
        orders = await trader.orders("closed", "BTC-USDT", 100)
        assert {order.reason for order in orders} == {"DEAD_MAN_SWITCH"}
    print(f"gone {took_s:.2f} s after the kill")


async def test_a_bot_that_is_told_to_end_takes_its_orders_out_itself(
    exchange: Machine, tmp_path: Path
) -> None:
    async with _client(exchange, "trader") as trader:
        bot = _own_bot(exchange, tmp_path)
        try:
            await _until_open(trader, "BTC-USDT", some=True)
            other = await trader.place("BTC-USDT", "buy", "limit", price="10.00", qty="1")
            bot.terminate()
            bot.wait(timeout=WITHIN_S)
        finally:
            bot.kill()
            bot.wait()
        assert bot.returncode == 0
        # Only its own are gone: what a person has open on the account stays, past the switch too.
        assert [order.order_id for order in await trader.orders()] == [other.order_id]
        await asyncio.sleep(2.0)  # longer than the switch was set to
        assert [order.order_id for order in await trader.orders()] == [other.order_id]
        await trader.cancel(other.order_id)


async def test_a_newcomer_s_bot_trades(exchange: Machine, tmp_path: Path) -> None:
    made = exchange_free("bot", "new", "my_first", "--dir", str(tmp_path))
    assert made.returncode == 0 and str(tmp_path / "my_first.py") in made.stdout
    again = exchange_free("bot", "new", "my_first", "--dir", str(tmp_path))
    assert again.returncode == 1 and "there already" in again.stderr
    path = str(tmp_path / "my_first.py")
    _ask(exchange, "start", path, "--symbol", "ETH-USDT", "--param", "distance_bps=0.5")
    async with asyncio.timeout(WITHIN_S), _client(exchange, "trader") as trader:
        while not await trader.fills("ETH-USDT"):
            await asyncio.sleep(0.1)
    assert "my_first-ETH-USDT" in _ask(exchange, "list", "--orders")
    _ask(exchange, "remove", "my_first-ETH-USDT")
    async with _client(exchange, "trader") as trader:
        assert await _open_count(trader, "ETH-USDT") == 0


def exchange_free(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run a command that needs no exchange."""
    command = [sys.executable, "-P", "-m", "cli", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


async def test_a_strategy_that_fails_takes_nobody_with_it(
    exchange: Machine, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text(
        "from trading_bot.parameters import Parameters\n"
        "from trading_bot.strategies import Entry\n"
        "from trading_bot.strategy import Strategy\n"
        "class Broken(Strategy):\n"
        "    def on_timer(self, view):\n"
        "        return 1 // 0\n"
        "STRATEGY = Entry(Parameters, lambda setting, parameters: Broken())\n"
    )
    _ask(exchange, "start", str(broken), "--symbol", "BTC-USDT", "--name", "broken")
    deadline_s = time.monotonic() + WITHIN_S
    while _states(exchange)["broken"] != "failed":
        assert time.monotonic() < deadline_s
    assert "ZeroDivisionError" in _ask(exchange, "list")
    assert _states(exchange)["market_maker-ETH-USDT"] == "trading"
    _ask(exchange, "remove", "broken")
