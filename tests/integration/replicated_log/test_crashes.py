"""Writers that are killed and stopped in the middle of an append, on every log; servers that are,
under one writer. What was answered is in the log, once, at its place, whatever happens.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chaos.log_load import LogLoad, difference, digest_of, whole
from chaos.log_run import LogChaosOptions, LogFault, log_chaos
from cli.running.child_process import die_with_parent
from cli.running.embedded_postgres import EmbeddedPostgres, Tuning, running
from replicated_log.log import ReplicatedLog
from replicated_log.opening import open_log

pytestmark = pytest.mark.timeout(240)

ROOT = Path(__file__).resolve().parents[3]
WRITTEN = 25


@asynccontextmanager
async def writer(url: str, shard: int, name: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chaos.log_writer", url, str(shard), name),
        cwd=ROOT,
        stdout=PIPE,
        preexec_fn=die_with_parent(),
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def lines(process: Process, count: int) -> list[str]:
    assert process.stdout is not None
    return [(await process.stdout.readline()).decode().strip() for _ in range(count)]


async def rest_of(process: Process) -> list[str]:
    """What it printed until it ended; a line it was killed in the middle of is no answer."""
    assert process.stdout is not None
    said = (await process.stdout.read()).decode()
    await process.wait()
    return said[: said.rfind("\n") + 1].split("\n")[:-1]


def answers(said: list[str]) -> dict[int, str]:
    pairs = [line.split() for line in said if line not in ("leads", "fenced", "")]
    return {int(seq): digest for seq, digest in pairs}


async def assert_all_there(log: ReplicatedLog, shard: int, answered: list[dict[int, str]]) -> None:
    """Each answer is of one writer alone, and in the log at its place; no entry is there twice."""
    merged = {seq: digest for one in answered for seq, digest in one.items()}
    assert len(merged) == sum(len(one) for one in answered)
    entries = await whole(log, shard, max(merged))
    there = {entry.seq: digest_of(entry.data).hex() for entry in entries}
    assert merged.items() <= there.items()
    assert len(set(there.values())) == len(there)


async def test_what_stopped_and_killed_writers_were_told_is_in_the_log(
    url: str, log: ReplicatedLog, shard: int
) -> None:
    """The first is stopped, the second takes over, the first goes on and is fenced; the second is
    killed, the third takes over.
    """
    async with writer(url, shard, "first") as first:
        of_first = await lines(first, WRITTEN)
        first.send_signal(signal.SIGSTOP)
        async with writer(url, shard, "second") as second:
            of_second = await lines(second, WRITTEN)
            first.send_signal(signal.SIGCONT)
            of_first += await rest_of(first)
            second.kill()
            of_second += await rest_of(second)
    async with writer(url, shard, "third") as third:
        of_third = await lines(third, WRITTEN)
        third.kill()
        of_third += await rest_of(third)
    assert of_first[0] == of_second[0] == of_third[0] == "leads"
    assert of_first[-1] == "fenced" and first.returncode == 0
    await assert_all_there(log, shard, [answers(one) for one in (of_first, of_second, of_third)])


async def test_no_entry_is_lost_when_servers_of_the_log_are_killed(tmp_path: Path) -> None:
    faults = (LogFault.KILL_FOLLOWER, LogFault.KILL_LEADER)
    report = await log_chaos(tmp_path, LogChaosOptions(1, faults), print)
    assert report.ok, report.as_text()
    assert report.gaps_s.keys() == set(faults)
    assert report.appended > 100


async def test_no_entry_is_lost_when_the_server_of_the_table_stops_at_once(tmp_path: Path) -> None:
    cluster = EmbeddedPostgres(tmp_path / "postgres", Tuning())
    with running(cluster) as server:
        log = await open_log(f"{cluster.url('postgres')}&quorum=off")
        load = LogLoad(log, 1, seed=1)
        await load.start()
        await load.progress(WRITTEN)
        server.send_signal(signal.SIGQUIT)
        server.wait()
    with running(cluster):
        await load.progress(WRITTEN)
        await load.stop()
        found = await difference(log, 1, load)
        await log.close()
    assert found.none, found
