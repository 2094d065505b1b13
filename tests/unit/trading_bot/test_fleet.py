"""Several control the same bot at once: one after the other, and what is kept is what is so."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain.clock import LogClock
from service.health import Readiness
from trading_bot.bot import BotReport, spec_of
from trading_bot.credentials import Credentials
from trading_bot.fleet import Fleet
from trading_bot.fleet_file import FleetFile

BOT = "market_maker-BTC-USDT"


def _fleet(url: str, readiness: Readiness, directory: Path) -> Fleet:
    keys = {"maker": Credentials("key", "secret")}
    file = FleetFile(directory / "fleet.json")
    return Fleet(url, lambda: keys, {}, LogClock(), 1, readiness, file)


@pytest.fixture
def readiness() -> Readiness:
    return Readiness()


@pytest.fixture
async def fleet(tmp_path: Path, readiness: Readiness) -> AsyncIterator[Fleet]:
    """One bot whose exchange is away."""
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody_listens.getsockname()[1]}"
        made = _fleet(url, readiness, tmp_path)
        made.open([spec_of("market_maker:BTC-USDT")])
        await asyncio.sleep(0)  # it has begun
        yield made
        await made.close()


async def test_a_bot_that_is_stopped_and_removed_at_once_is_stopped_then_gone(fleet: Fleet) -> None:
    stopped, gone = await asyncio.gather(fleet.stop(BOT), fleet.remove(BOT))
    assert isinstance(stopped, BotReport) and stopped.state == "stopped"
    assert gone is None and fleet.reports() == []


async def test_a_bot_that_is_started_while_it_stops_runs(fleet: Fleet, tmp_path: Path) -> None:
    stopped, started = await asyncio.gather(fleet.stop(BOT), fleet.start(BOT))
    assert (stopped.state, started.state) == ("stopped", "starting")
    assert fleet.report(BOT).state in ("starting", "waiting")
    kept = FleetFile(tmp_path / "fleet.json").read()
    assert kept is not None and kept[0].running


async def test_a_bot_whose_instrument_is_not_there_keeps_nobody_from_being_ready(
    tmp_path: Path,
) -> None:
    asked = asyncio.Event()

    async def nothing(request: web.Request) -> web.Response:
        if request.path.endswith("/instruments"):
            asked.set()
        return web.json_response([])

    app = web.Application()
    app.router.add_get("/api/v1/{what}", nothing)
    async with TestServer(app, host="127.0.0.1") as server:
        readiness = Readiness()
        fleet = _fleet(str(server.make_url("")), readiness, tmp_path)
        fleet.open([spec_of("market_maker:NO-SUCH")])
        assert not readiness.ready
        async with asyncio.timeout(10):
            await asked.wait()
            while fleet.report("market_maker-NO-SUCH").state != "waiting":
                await asyncio.sleep(0)
        assert readiness.ready
        assert "NO-SUCH is not traded" in fleet.report("market_maker-NO-SUCH").reason
        await fleet.close()


async def test_bots_whose_exchange_is_away_are_not_ready(
    fleet: Fleet, readiness: Readiness
) -> None:
    async with asyncio.timeout(10):
        while fleet.report(BOT).state != "waiting":
            await asyncio.sleep(0)
    assert not readiness.ready
