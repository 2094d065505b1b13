"""What the witnesses of a failover must not keep to themselves."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from chaos import failover
from cli.cluster.replicas import ReplicaPlace, Replicas
from schemas.layouts import EVENT_BYTES
from transport.errors import ReaderAhead


async def test_an_engine_that_lost_what_it_released_is_told_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    async def silent(*_: Any) -> AsyncIterator[tuple[int, bytes]]:
        await asyncio.Event().wait()
        yield 1, b""

    async def forgetful(*_: Any) -> AsyncIterator[tuple[int, bytes]]:
        yield 1, bytes(EVENT_BYTES)
        raise ReaderAhead(2, 1)

    monkeypatch.setattr(failover, "live_events", silent)
    monkeypatch.setattr(failover, "follow_events", forgetful)
    engines = Replicas(tmp_path, (ReplicaPlace(1, 1, 2, 3, 4),))
    witnesses = failover._Witnesses(engines, bytes(32))
    async with asyncio.timeout(30):
        while not witnesses._tasks[1].done():
            await asyncio.sleep(0)
    await witnesses.close()
    assert len(witnesses.faults) == 1
    assert "engine_1 ended: ReaderAhead" in witnesses.faults[0]
