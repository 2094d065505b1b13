"""Several control the same bot at once: one after the other, and what is kept is what is so."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.clock import LogClock
from service.health import Readiness
from trading_bot.bot import BotReport, spec_of
from trading_bot.credentials import Credentials
from trading_bot.fleet import Fleet
from trading_bot.fleet_file import FleetFile

BOT = "market_maker-BTC-USDT"


@pytest.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    """One bot whose exchange is away."""
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        made = Fleet(
            f"http://127.0.0.1:{nobody_listens.getsockname()[1]}",
            lambda: {"maker": Credentials("key", "secret")},
            {},
            LogClock(),
            1,
            Readiness(),
            FleetFile(tmp_path / "fleet.json"),
        )
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
