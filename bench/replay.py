"""How many commands a second does an engine read back, and how soon does it serve again?

A real engine writes the journal: the stream arrives over UDP, 14 commands a datagram, so that
records are large; and once more, shorter, each command waiting for the one before it, so that each
has a record of its own (``singles``). Then the journal is replayed as a start does it: every
record read, its checksum and chain verified, its commands executed, their events compared with the
event log. A restart is timed from the new process to the engine's word that it serves: once on the
journal alone, and once from a snapshot, which is timed and must lead to the same state. The fills
are checked when the journal is written; every replay must lead to the same state.
"""

import argparse
import asyncio
import json
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Final

from bench.benchmark import Benchmark, Say
from bench.report import Measured, WrongResult
from bench.streams import core_command, records
from bench.udp import Expected, Load, Setting
from bench.yardsticks import line_copy_ns
from engine_core import core_name, load_core
from engine_service.journal_replay import Replayed, replay_directory
from engine_service.snapshots import opened_maker
from replay.own_engine import own_engine
from schemas.framing import COMMANDS_MAX

PREFIX: Final = 1_000_000
SINGLES: Final = 20_000
QUICK_PREFIX: Final = 20_000
QUICK_SINGLES: Final = 2_000
RUNS: Final = 3
_LOAD_S: Final = 120.0
_IN_FLIGHT: Final = 64
"""Datagrams, while the long journal is written: what arrives together shares a record."""
_SERVES: Final = "the engine serves"


async def write_journal(directory: Path, count: int, setting: Setting) -> None:
    """Have an engine take the first ``count`` commands of a stream.

    Raises:
        WrongResult: it did not take them all, or made other fills.
    """
    stream = records("workload", count)
    work = b"".join(map(core_command, stream))
    async with own_engine(durable=False, data_dir=directory) as (address, key):
        load = Load(address, key)
        try:
            sent = load.run(work, setting, _LOAD_S)
        finally:
            load.close()
    Expected(stream).check(sent)
    if sent["commands"] != count:
        raise WrongResult(f"the engine took {sent['commands']} of {count} commands")


def replays(directory: Path, commands: int, runs: int) -> list[Replayed]:
    """Replay a journal several times.

    Raises:
        WrongResult: not every replay had all commands, or one led to another state.
    """
    done = [replay_directory(directory) for _ in range(runs)]
    found = {(one.records, one.events, one.events_hash, one.state_hash) for one in done}
    if len(found) != 1 or any(one.commands < commands for one in done):
        raise WrongResult(f"{runs} replays of {commands} commands came to {found}")
    return done


async def restart_s(directory: Path, events: int, from_snapshot: int = 0) -> float:
    """Return how long after its process a new engine on ``directory`` says that it serves.

    Raises:
        WrongResult: it goes on after another event than ``events``, or from another snapshot.
    """
    begun_s = time.time()
    log_path = directory.with_suffix(".log")
    async with own_engine(data_dir=directory, log_path=log_path):
        lines = log_path.read_text(encoding="utf-8").splitlines()
    said = {line["event"]: line for line in map(json.loads, lines)}
    replayed = said["journal replayed"]
    if (events and replayed["events"] != events) or replayed["from_snapshot"] != from_snapshot:
        raise WrongResult(f"a restart replayed {replayed}, not {events} events")
    return datetime.fromisoformat(said[_SERVES]["ts"]).timestamp() - begun_s


@dataclass(frozen=True)
class Warm:
    """A snapshot of a whole journal: its making, its size, its core read and written."""

    index: int
    made_s: float
    state_bytes: int
    load_s: float
    save_s: float


def warmed(directory: Path, done: Replayed, say: Say) -> Warm:
    """Make a snapshot of a journal whose replay is known, and time its core.

    Raises:
        WrongResult: it leads to another state than the replay.
    """
    with opened_maker(directory, say) as maker:
        made = maker.make()
        assert made is not None
        snapshot = maker.store.read(made.index)
    begun_ns = time.monotonic_ns()
    core = load_core().load(snapshot.state)
    load_ns = time.monotonic_ns() - begun_ns
    begun_ns = time.monotonic_ns()
    state = core.save()
    save_ns = time.monotonic_ns() - begun_ns
    if core.state_hash() != done.state_hash or state != snapshot.state:
        raise WrongResult("a snapshot leads to another state than the journal")
    return Warm(made.index, made.took_ns / 1e9, len(state), load_ns / 1e9, save_ns / 1e9)


def mcps(done: list[Replayed]) -> float:
    """Return the median rate, in million commands a second."""
    return median(one.commands * 1e3 / one.replay_ns for one in done)


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Measure replay and restart."""
    count = QUICK_PREFIX if options.quick else options.prefix
    singles = QUICK_SINGLES if options.quick else min(options.prefix, SINGLES)
    runs = 1 if options.quick else RUNS
    with tempfile.TemporaryDirectory(prefix="openbell-bench-") as path:
        many, few, none = (Path(path) / name for name in ("many", "few", "none"))
        for directory in (many, few, none):
            directory.mkdir()
        say(f"an engine journals {count:,} commands, {COMMANDS_MAX} a datagram")
        asyncio.run(write_journal(many, count, Setting("replay", COMMANDS_MAX, _IN_FLIGHT)))
        say(f"another journals {singles:,}, one by one")
        asyncio.run(write_journal(few, singles, Setting("replay", 1, 1)))
        say(f"replaying each {runs} times")
        done, done_singles = replays(many, count, runs), replays(few, singles, runs)
        say("starting an engine on nothing, and on the longer journal")
        floor_s = asyncio.run(restart_s(none, 0))
        cold_s = median(asyncio.run(restart_s(many, done[0].events)) for _ in range(runs))
        say("making a snapshot, and starting from it")
        warm = warmed(many, done[0], say)
        warm_s = median(
            asyncio.run(restart_s(many, done[0].events, warm.index)) for _ in range(runs)
        )
    figures = {
        "replay.mcps": mcps(done),
        "replay.commands_per_record": done[0].commands / done[0].records,
        "replay.singles_mcps": mcps(done_singles),
        "replay.restart_s": warm_s,
        "replay.cold_restart_s": cold_s,
        "replay.snapshot_s": warm.made_s,
        "replay.state_bytes": warm.state_bytes,
        "replay.load_s": warm.load_s,
        "replay.save_s": warm.save_s,
    }
    return Measured(
        figures=figures,
        yardsticks={"line_copy_ns": line_copy_ns(), "empty_start_s": floor_s},
        twin=core_name(),
        yardstick="line_copy_ns",
        against={"replay.restart_s": "empty_start_s", "replay.cold_restart_s": "empty_start_s"},
        notes=(
            f"`replay.restart_s`: from a snapshot behind all {done[0].commands:,} commands of the "
            "journal. `replay.cold_restart_s`: all of them are replayed, no snapshot is there. "
            "`empty_start_s`: the start of an engine without a journal. `replay.snapshot_s`: from "
            "nothing to a snapshot that was read back and proven. `replay.load_s`, "
            "`replay.save_s`: of the core's state alone, `replay.state_bytes` of it.",
        ),
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For the length of the journal."""
    parser.add_argument("--prefix", type=int, default=PREFIX, help="commands in the journal")


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_arguments, measure)
