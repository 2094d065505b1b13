"""An engine without the past that the ledger has: not served from, not asked at full speed."""

import asyncio

import pytest
from structlog.testing import capture_logs

from gateway.errors import ApiError
from gateway.state import feed
from tests.integration.gateway.rig import Rig
from tests.unit.gateway.exchange import ALICE

FOREIGN = "this engine's journal is not the one that the ledger was made of"


async def test_a_wiped_engine_is_never_live_and_asked_ever_more_slowly(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.wait_live()
    monkeypatch.setattr(feed, "RETRY_FIRST_S", 0.001)
    monkeypatch.setattr(feed, "RETRY_MAX_S", 0.004)
    monkeypatch.setattr(feed, "FOREIGN_RETRY_MAX_S", 0.064)
    monkeypatch.setattr(feed, "WATCH_EVERY_S", 0.001)
    was_live = []
    with capture_logs() as logs:
        rig.engine.wiped = True
        rig.engine.speak()
        before = rig.accounts.snapshots
        while rig.accounts.snapshots < before + 14:
            await asyncio.sleep(0.001)
            if rig.accounts.snapshots > before:
                was_live.append(rig.feed.live)
    told = [line for line in logs if line["event"] == FOREIGN]
    pauses = [line["retry_in_s"] for line in told]
    assert pauses[-5:] == [0.064] * 5
    assert all(later <= 2 * sooner for sooner, later in zip(pauses, pauses[1:], strict=False))
    assert "restore the engine's data directory and the database from one backup" in str(
        told[0]["reason"]
    )
    assert not any(was_live)
    assert not rig.readiness.ready
    with pytest.raises(ApiError, match="engine"):
        rig.feed.present()


async def test_the_right_engine_is_live_again_by_itself(rig: Rig) -> None:
    await rig.wait_live()
    rig.engine.wiped = True
    rig.engine.speak()
    await rig.wait_live(False)
    rig.engine.wiped = False
    await rig.wait_live()
    assert (await rig.place(ALICE))["status"] == "new"
