"""Market data's feed over a file of events, as a process: ``python -m … DATABASE_URL FILE CHUNK``.
It goes on from what is stored and runs until it is killed.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg

from market_data.candles_repository import CandlesRepository
from market_data.feed import Feed
from schemas.layouts import EVENT_BYTES
from service.health import Readiness


async def run(url: str, file: Path, chunk: int) -> None:
    data = file.read_bytes()

    async def follow(from_seq: int) -> AsyncIterator[tuple[int, bytes]]:
        for first in range(from_seq, len(data) // EVENT_BYTES + 1, chunk):
            at = (first - 1) * EVENT_BYTES
            yield first, data[at : at + chunk * EVENT_BYTES]
        await asyncio.Event().wait()

    async with asyncpg.create_pool(url, min_size=1, max_size=2) as pool:
        await Feed(CandlesRepository(pool), follow, lambda *_: None, Readiness()).run()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
