"""`openbell replay` and `openbell workload`: order streams and what they must come to."""

import hashlib
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from engine_core import core_name
from replay.capture import due_after_s, is_capture, moved_to, read_capture, write_capture
from replay.errors import BadStream
from replay.event_comparison import EventComparison
from replay.expectation import expected_result, read_records
from replay.faults import FaultRates
from replay.journal_check import JournalCheck, Sent, check_capture, check_stream
from replay.market import ReplayMarket
from replay.own_engine import own_engine
from replay.player import Injected, Pace, Played, play, play_capture
from replay.result import EXPECTED, Result
from replay.workload import RECIPES, RECORD, Fields, Recipe, encoded
from schemas.codec import encode_command
from transport.engine_client import EngineAddress
from transport.key_file import read_keys
from transport.keys import MasterKey

console = Console()
_STEP = 10_000
T = TypeVar("T")


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def write_workload(path: Path, recipe: Recipe) -> None:
    """Write a stream to ``path`` and check that it is the published one."""
    digest = hashlib.sha256()
    with _bar() as bar, path.open("wb") as file:
        task = bar.add_task(f"writing {path}", total=recipe.ops + recipe.preload)
        records = encoded(recipe)
        while chunk := b"".join(islice(records, _STEP)):
            digest.update(chunk)
            file.write(chunk)
            bar.advance(task, len(chunk) // RECORD.size)
    if digest.hexdigest() != recipe.sha256:
        raise BadStream(f"sha256 {digest.hexdigest()}, published {recipe.sha256}")
    console.print(f"sha256 {digest.hexdigest()} (as published)")


def capture(data_dir: Path, path: Path) -> None:
    """Write what the engine of a data directory executed to ``path``."""
    if not data_dir.is_dir():
        raise BadStream(f"there is no journal in {data_dir}")
    with console.status("reading the journal"):
        count = write_capture(data_dir, path)
    console.print(f"{count:,} commands in {path}")


def read_stream(data: bytes, prefix: int | None) -> tuple[list[Fields], Result]:
    """Return a stream's records, the first ``prefix`` of them, and the result they must give."""
    if not data or len(data) % RECORD.size:
        raise BadStream(
            "the file is none of those that can be replayed: a stream (whole records of"
            f" {RECORD.size} bytes), a capture, a flow, a LOBSTER message file, ITCH 5.0"
        )
    records = list(read_records(data[: prefix * RECORD.size] if prefix else data))
    if prefix is None or prefix >= len(data) // RECORD.size:
        sha256 = hashlib.sha256(data).hexdigest()
        for name, recipe in RECIPES.items():
            if recipe.sha256 == sha256:
                return records, EXPECTED[name]
    with console.status("working out the expected result with the plain matcher"):
        return records, expected_result(records)


def running_engine_from_environment() -> tuple[EngineAddress, MasterKey]:
    """Return where the environment says an engine is, and its key."""
    address = EngineAddress(
        os.environ.get("OPENBELL_ENGINE_HOST", "127.0.0.1"),
        int(os.environ["OPENBELL_ENGINE_UDP_PORT"]),
        int(os.environ["OPENBELL_ENGINE_TCP_PORT"]),
    )
    file = os.environ.get("OPENBELL_ENGINE_KEY_FILE")
    return address, read_keys(
        os.environ.get("OPENBELL_ENGINE_KEY", ""), Path(file) if file else None
    )


@dataclass(frozen=True, kw_only=True)
class ReplayOptions:
    """How to replay. ``engine``: one that runs, and its key; None: an own, fresh one."""

    prefix: int | None = None
    rate_per_s: int | None = None
    speed: float | None = None
    """Of a capture, in times its recorded pace; None: not by its times."""
    durable: bool = True
    faults: FaultRates = FaultRates()
    strict: bool = False
    """Whether a capture's events must be those of its day. What hangs on the time may differ."""
    engine: tuple[EngineAddress, MasterKey] | None = None


def replay_file(path: Path, options: ReplayOptions) -> int:
    """Replay a stream or a capture and print what came of it; 0 if all is as it must be, else 1."""
    data = path.read_bytes()
    with tempfile.TemporaryDirectory(prefix="openbell-replay-") as directory:
        data_dir = Path(directory) / "engine"
        replay = _replay_capture if is_capture(data) else _replay_stream
        differences, parted = replay(data, options, data_dir)
    for difference in differences:
        console.print(f"[bold red]different[/] {difference}")
    if differences:
        console.print("[bold red]The result is wrong.[/]")
    elif parted:
        console.print("Every command was executed; the events part from the captured ones.")
    else:
        console.print("Exactly the expected result.")
    return 1 if differences else 0


def _replay_stream(data: bytes, options: ReplayOptions, data_dir: Path) -> tuple[list[str], bool]:
    """Return what is wrong, and whether events part without being wrong: never, of a stream."""
    records, expected = read_stream(data, options.prefix)
    market = ReplayMarket.drawn(time.time_ns())
    with console.status("encoding commands"):
        commands = [market.command(fields) for fields in records]

    async def run(address: EngineAddress, key: MasterKey, pace: Pace) -> tuple[Played, Result]:
        return await play(address, key, market, commands, pace)

    played, result = uvloop.run(_on_an_engine(run, len(commands), options, data_dir))
    _print_result(result, expected)
    _print(played, options)
    differences = result.differences(expected)
    if options.engine is None:
        sent = b"".join([*map(encode_command, market.opening()), *commands])
        differences += _checked(check_stream, data_dir, sent, played)
    return differences, False


def _replay_capture(data: bytes, options: ReplayOptions, data_dir: Path) -> tuple[list[str], bool]:
    """Return what is wrong, and whether events part from the captured ones without being wrong:
    what hangs on the time may, unless it is ``strict``.
    """
    if options.engine is not None:
        raise BadStream("a capture has ids of its own: it needs an engine that has had no command")
    captured = read_capture(data, options.prefix)
    commands = moved_to(captured, time.time_ns())
    said: list[bytes] = []

    async def run(address: EngineAddress, key: MasterKey, pace: Pace) -> Played:
        if options.speed is not None:
            pace = replace(pace, due_s=due_after_s([ts for ts, _ in captured], options.speed))
        return await play_capture(address, key, commands, pace, said.append)

    played = uvloop.run(_on_an_engine(run, len(commands), options, data_dir))
    # Not before the engine has stopped: what time alone does meanwhile only its journal has.
    comparison = EventComparison(captured)
    for events in said:
        comparison.take(events)
    comparison.end()
    _print(played, options)
    differences = _checked(check_capture, data_dir, b"".join(commands), played)
    if comparison.parting is None:
        console.print(f"every event as captured: {comparison.equal:,}", highlight=False)
    elif options.strict:
        return differences + comparison.parting.lines(), True
    else:
        console.print("\n".join(comparison.parting.lines()), highlight=False, markup=False)
    return differences, comparison.parting is not None


async def _on_an_engine(
    run: Callable[[EngineAddress, MasterKey, Pace], Awaitable[T]],
    count: int,
    options: ReplayOptions,
    data_dir: Path,
) -> T:
    with _bar() as bar:
        task = bar.add_task("replaying over UDP", total=count)
        pace = Pace(
            rate_per_s=options.rate_per_s,
            faults=options.faults,
            progress=lambda done: bar.update(task, completed=done),
        )
        if options.engine is not None:
            return await run(*options.engine, pace)
        async with own_engine(durable=options.durable, data_dir=data_dir) as (address, key):
            return await run(address, key, pace)


def _checked(
    check: Callable[[Path, Sent], JournalCheck], data_dir: Path, commands: bytes, played: Played
) -> list[str]:
    """Print what the stopped engine's journal says; return what is wrong with it."""
    sent = Sent(
        commands=commands,
        first_event_seq=played.first_event_seq,
        events_digest=played.events_digest,
    )
    with console.status("executing the journal again"):
        found = check(data_dir, sent)
    console.print(
        f"journal: {found.commands:,} commands executed again, state hash {found.state_hash}",
        highlight=False,
    )
    return found.differences


def _print_result(result: Result, expected: Result) -> None:
    table = Table("figure")
    table.add_column("this run", justify="right")
    table.add_column("expected", justify="right")
    for name in Result.__dataclass_fields__:
        figures = (_shown(getattr(result, name)), _shown(getattr(expected, name)))
        table.add_row(name.replace("_", " "), *figures)
    console.print(table)


def _print(played: Played, options: ReplayOptions) -> None:
    where = "a running exchange" if options.engine else f"an own engine, {core_name()} core"
    rate = played.commands / played.elapsed_s
    console.print(
        f"{played.commands:,} commands over UDP to {where}, "
        f"{'durable' if options.durable else 'not durable'}: {rate:,.0f}/s answered, "
        f"{played.elapsed_s:.2f} s; {played.events:,} events read back in sequence"
    )
    if played.injected is not None:
        _print_injected(played.injected, options.faults)


def _print_injected(injected: Injected, rates: FaultRates) -> None:
    """Print what the network did, and what it took to get everything through."""
    table = Table("datagrams", title=f"faults injected, seed {rates.seed}")
    for name, rate in (("sent", None), ("lost", rates.loss), ("duplicated", rates.duplicate)):
        table.add_column(name if rate is None else f"{name} ({rate:.1%})", justify="right")
    table.add_column(f"reordered ({rates.reorder:.1%})", justify="right")
    table.add_column(f"delayed ({rates.delay:.1%})", justify="right")
    directions = {"to the engine": injected.to_engine, "to the client": injected.to_clients}
    for name, counts in directions.items():
        figures = (counts.seen.total(), counts.lost, counts.duplicated)
        table.add_row(
            name, *(f"{figure:,}" for figure in (*figures, counts.reordered, counts.delayed))
        )
    console.print(table)
    console.print(
        f"{injected.resent:,} datagrams of commands sent again, events asked for again "
        f"{injected.naks:,} times, {injected.undelivered:,} met a full buffer"
    )


def _shown(value: int | str) -> str:
    return f"{value:,}" if isinstance(value, int) else value
