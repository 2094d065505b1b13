"""How long does an entry of the replicated log take, on each kind of log?

One writer, each append after the one before it, as an engine appends: what comes meanwhile is the
next entry. A small entry is what a quiet market writes; 32 KiB are 256 commands. Three NATS servers
on this machine sync every entry to this disk, as PostgreSQL does, here without standbys. Then four
shards append to the three servers side by side. At the end each log is read back and compared.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

import uvloop

from bench.benchmark import Benchmark, Say
from bench.report import Measured, WrongResult
from bench.udp import flush_us, per_mille_us
from chaos.nats_processes import nats_running
from cli.running.embedded_postgres import EmbeddedPostgres, Tuning, running
from replicated_log.log import Appended, ReplicatedLog
from replicated_log.opening import open_log

SMALL_BYTES: Final = 150
BATCH_BYTES: Final = 32 << 10
BATCH_COMMANDS: Final = 256
LARGE_BYTES: Final = 256 << 10
SHARDS: Final = 4
APPENDS: Final = 2_000
QUICK_APPENDS: Final = 20
WARM_UP: Final = 10


async def append(log: ReplicatedLog, shard: int, count: int, size: int) -> list[int]:
    """Append ``count`` entries and return how long each took, in ns, in order of length.

    Raises:
        WrongResult: an append did not succeed at once, or the log holds something else.
    """
    random = Random(f"{shard} {size}")
    head_seq = await log.head(shard)
    offered, took_ns = [], []
    for _ in range(count + WARM_UP):
        data = random.randbytes(size)
        begun_ns = time.perf_counter_ns()
        outcome = await log.append(shard, head_seq, data)
        took_ns.append(time.perf_counter_ns() - begun_ns)
        if outcome != Appended(head_seq + 1):
            raise WrongResult(f"an append gave {outcome}")
        head_seq += 1
        offered.append(data)
    await _compare(log, shard, head_seq - len(offered) + 1, offered)
    return sorted(took_ns[WARM_UP:])


async def _compare(
    log: ReplicatedLog, shard: int, first_seq: int, offered: Sequence[bytes]
) -> None:
    found: list[bytes] = []
    async with asyncio.timeout(60):
        while len(found) < len(offered):
            found += [entry.data for entry in await log.read(shard, first_seq + len(found), 100)]
    if found != list(offered):
        raise WrongResult("the log holds something else than was appended")


async def one_kind(name: str, url: str, appends: int, say: Say) -> dict[str, float]:
    """Return the figures of one log."""
    log = await open_log(url)
    try:
        say(f"{name}: {appends:,} small entries, then {appends:,} of 32 KiB")
        small = await append(log, 1, appends, SMALL_BYTES)
        batch = await append(log, 2, appends, BATCH_BYTES)
        large = await append(log, 3, max(appends // 8, 1), LARGE_BYTES)
        return {
            f"log.{name}_small_p50_ms": per_mille_us(small, 500) / 1_000,
            f"log.{name}_small_p99_ms": per_mille_us(small, 990) / 1_000,
            f"log.{name}_batch_p50_ms": per_mille_us(batch, 500) / 1_000,
            f"log.{name}_batch_p99_ms": per_mille_us(batch, 990) / 1_000,
            f"log.{name}_batch_kps": _kps(batch, BATCH_BYTES),
            f"log.{name}_large_kps": _kps(large, LARGE_BYTES),
        }
    finally:
        await log.close()


async def shards_side_by_side(url: str, appends: int) -> float:
    """Return commands a second of several shards together, in thousands."""
    logs = [await open_log(url) for _ in range(SHARDS)]
    for number, log in enumerate(logs):
        await log.head(10 + number)  # the stream is made before the clock starts
    begun_ns = time.perf_counter_ns()
    async with asyncio.TaskGroup() as together:
        for number, log in enumerate(logs):
            together.create_task(append(log, 10 + number, appends, BATCH_BYTES))
    took_ns = time.perf_counter_ns() - begun_ns
    for log in logs:
        await log.close()
    return SHARDS * (appends + WARM_UP) * BATCH_COMMANDS * 1e6 / took_ns


async def run(directory: Path, appends: int, say: Say) -> dict[str, float]:
    """Return the figures of all."""
    figures = await one_kind("local", f"file://{directory}/log", appends, say)
    async with nats_running(directory / "nats") as processes:
        url = processes.nodes.url()
        figures |= await one_kind("jetstream", url, appends, say)
        say(f"jetstream: {SHARDS} shards side by side")
        figures["log.jetstream_shards_kps"] = await shards_side_by_side(url, appends // 4)
    cluster = EmbeddedPostgres(directory / "postgres", Tuning())
    with running(cluster):
        url = f"{cluster.url('postgres')}&quorum=off"
        figures |= await one_kind("postgres", url, appends, say)
    return figures


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Measure each log on this machine's disk."""
    appends = QUICK_APPENDS if options.quick else options.appends
    with tempfile.TemporaryDirectory(prefix="openbell-bench-") as directory:
        figures = uvloop.run(run(Path(directory), appends, say))
    return Measured(
        figures=figures,
        yardsticks={"fdatasync_p50_us": flush_us()},
        twin="none",
        yardstick="fdatasync_p50_us",
        notes=(
            f"One append after the other; {BATCH_COMMANDS} commands in 32 KiB, eight times as many "
            f"in 256 KiB (`large`). `shards`: {SHARDS} writers of 32 KiB entries, reading back "
            "included. Every server on this machine and its one disk.",
        ),
    )


def _kps(took_ns: list[int], size: int) -> float:
    commands = len(took_ns) * BATCH_COMMANDS * size / BATCH_BYTES
    return commands * 1e6 / sum(took_ns)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many entries there are."""
    parser.add_argument("--appends", type=int, default=APPENDS)


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_arguments, measure)
