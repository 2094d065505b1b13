"""What the benchmarks of market data share: a trader on a WebSocket, and readers elsewhere."""

import asyncio
import json
import os
import subprocess
import sys
import time
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.report import WrongResult
from client import Stream

READY_S: Final = 60.0


@dataclass
class Heard:
    """What readers read: (monotonic ns, number in the message), one after the other."""

    pairs: "array[int]" = field(default_factory=lambda: array("q"))

    def __iter__(self) -> Any:
        return zip(self.pairs[::2], self.pairs[1::2], strict=True)


@asynccontextmanager
async def reading(
    port: int, count: int, key: str, *subscriptions: dict[str, Any]
) -> AsyncIterator[Heard]:
    """Have ``count`` readers in a process of their own; what they read is there after the block.

    Raises:
        WrongResult: they were not all answered.
    """
    told = [json.dumps({"op": "subscribe", "id": 1} | each) for each in subscriptions]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.ws_readers", str(port), str(count), key, *told,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=1 << 28,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    heard = Heard()
    try:
        async with asyncio.timeout(READY_S):
            line = await process.stdout.readline()
        if line != b"ready\n":
            raise WrongResult("the readers were not all answered")
        yield heard
        process.stdin.close()
        heard.pairs.frombytes(await process.stdout.read())
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def place(stream: Stream, **terms: object) -> dict[str, Any]:
    """Enter a limit order of BTC-USDT that must be accepted."""
    order: dict[str, Any] = await stream.request(
        "place", **({"symbol": "BTC-USDT", "type": "limit"} | terms)
    )
    return order


def cpu_s(pid: int) -> float:
    """Return the processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    """Return a process's resident memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def pace(begun_s: float, number: int, per_s: float) -> None:
    """Wait until it is the turn of the ``number``-th of something that happens so often."""
    await asyncio.sleep(max(0.0, begun_s + number / per_s - time.monotonic()))
