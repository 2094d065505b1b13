"""Candles and trades made again from the journal, compared with what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncpg

from cli.recovery.engine_files import EngineFiles, opened_files
from cli.recovery.rebuilt_ledger import CannotRebuild
from cli.screen import error_console
from engine_core import core_name
from engine_service.replayed_events import replayed_events
from market_data.candles_repository import CandlesRepository
from market_data.errors import CursorMoved
from market_data.feed import BATCH_EVENTS_MAX, Feed
from market_data.recompute_repository import Difference, beside_the_stored
from schemas.layouts import EVENT_BYTES
from service.health import Readiness

Told = Callable[[int], None]
"""Called with the last event counted, now and then."""
Events = AsyncIterator[tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What was made of the events up to ``to_seq``, and where what is stored differs from it."""

    to_seq: int
    trades: int
    candles: int
    differences: tuple[Difference, ...]
    replaced: bool

    def as_text(self) -> str:
        """Return it in lines."""
        made = f"{self.trades:,} trades and {self.candles:,} candles of events to {self.to_seq:,}"
        if not self.differences:
            return f"{made}: equal to what is stored."
        lines = [f"{made}: not equal to what is stored."]
        lines += [
            f"  {one.kind}: {one.missing:,} missing, {one.extra:,} too many, {one.other:,} other"
            for one in self.differences
        ]
        if self.replaced:
            lines.append("They are in its place now.")
        else:
            lines.append("Nothing was changed: `openbell candles recompute --replace` would.")
        return "\n".join(lines)


def recompute(
    database_url: str, engine_dir: Path, replace: bool, told: Told = lambda seq: None
) -> Recomputed:
    """Make trades and candles again from the journal of an engine that does not run.

    Raises:
        CannotRebuild: the database cannot be reached, or is used by somebody else.
        EngineServiceError: the journal cannot be read; the message says what to do.
    """
    with opened_files(engine_dir) as files:
        files.directory.lock()
        try:
            return asyncio.run(recomputed(database_url, _events(files), replace, told))
        except CursorMoved as error:
            raise CannotRebuild(f"market data is at work: {error}") from error
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise CannotRebuild(f"the database: {error}") from error


async def recomputed(
    database_url: str, events: Events, replace: bool, told: Told = lambda seq: None
) -> Recomputed:
    """Take in events from the first to where what is stored ends, and compare.

    Raises:
        CannotRebuild: the first event is not there.
    """
    async with beside_the_stored(database_url) as (repository, pool):
        to_seq = await repository.stored_cursor()
        feed = Feed(CandlesRepository(pool), _no_stream, lambda *_: None, Readiness())
        await feed.load()
        async for seq, data in events:
            if seq > feed.cursor + 1:
                raise CannotRebuild(
                    f"the journal begins at event {seq:,}: what was before it is in the database "
                    "alone, and nothing can be made again"
                )
            wanted = data[: max(0, to_seq - seq + 1) * EVENT_BYTES]
            for at in range(0, len(wanted), BATCH_EVENTS_MAX * EVENT_BYTES):
                batch = wanted[at : at + BATCH_EVENTS_MAX * EVENT_BYTES]
                await feed.take(seq + at // EVENT_BYTES, batch)
                told(feed.cursor)
            if feed.cursor >= to_seq:
                break
        differences = await repository.differences()
        replaced = bool(differences) and replace
        if replaced:
            await repository.replace(to_seq)
        counts = await repository.counts()
        return Recomputed(to_seq, *counts, tuple(differences), replaced)


async def _events(files: EngineFiles) -> Events:
    replayed = replayed_events(
        files.directory,
        files.segments,
        1,
        pure_python=core_name() == "reference",
        say=partial(error_console.print, markup=False, soft_wrap=True),
    )
    while (made := await asyncio.to_thread(next, replayed, None)) is not None:
        yield made


def _no_stream(_from_seq: int) -> Events:
    raise AssertionError("what is counted here is handed over")
