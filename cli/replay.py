"""`openbell replay` and `openbell workload`: order streams and what they must come to."""

import asyncio
import hashlib
import os
import time
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from engine_core import core_name
from replay.errors import BadStream
from replay.expectation import expected_result, read_records
from replay.market import ReplayMarket
from replay.own_engine import own_engine
from replay.player import Played, play
from replay.result import EXPECTED, Result
from replay.workload import RECIPES, RECORD, Fields, Recipe, encoded
from transport.engine_client import EngineAddress

console = Console()
_STEP = 10_000


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


def read_stream(path: Path, prefix: int | None) -> tuple[list[Fields], Result]:
    """Return a stream's records, the first ``prefix`` of them, and the result they must give."""
    data = path.read_bytes()
    if not data or len(data) % RECORD.size:
        raise BadStream(f"{path} is not a whole number of {RECORD.size}-byte records")
    records = list(read_records(data[: prefix * RECORD.size] if prefix else data))
    if prefix is None or prefix >= len(data) // RECORD.size:
        sha256 = hashlib.sha256(data).hexdigest()
        for name, recipe in RECIPES.items():
            if recipe.sha256 == sha256:
                return records, EXPECTED[name]
    with console.status("working out the expected result with the plain matcher"):
        return records, expected_result(records)


def running_engine_from_environment() -> tuple[EngineAddress, bytes]:
    """Return where the environment says an engine is, and its key."""
    address = EngineAddress(
        os.environ.get("OPENBELL_ENGINE_HOST", "127.0.0.1"),
        int(os.environ["OPENBELL_ENGINE_UDP_PORT"]),
        int(os.environ["OPENBELL_ENGINE_TCP_PORT"]),
    )
    return address, bytes.fromhex(os.environ["OPENBELL_ENGINE_KEY"])


async def _play(
    commands: list[bytes],
    market: ReplayMarket,
    engine: tuple[EngineAddress, bytes] | None,
    durable: bool,
    rate_per_s: int | None,
) -> Played:
    with _bar() as bar:
        task = bar.add_task("replaying over UDP", total=len(commands))

        def progress(done: int) -> None:
            bar.update(task, completed=done)

        async def run(address: EngineAddress, key: bytes) -> Played:
            return await play(
                address, key, market, commands, rate_per_s=rate_per_s, progress=progress
            )

        if engine is not None:
            return await run(*engine)
        async with own_engine(durable=durable) as (address, key):
            return await run(address, key)


def replay_stream(
    path: Path,
    *,
    prefix: int | None,
    rate_per_s: int | None,
    durable: bool,
    engine: tuple[EngineAddress, bytes] | None,
) -> int:
    """Replay ``path`` and print what came of it; 0 if it is exactly what it must be, else 1."""
    records, expected = read_stream(path, prefix)
    market = ReplayMarket.drawn(time.time_ns())
    with console.status("encoding commands"):
        commands = [market.command(fields) for fields in records]
    played = asyncio.run(_play(commands, market, engine, durable, rate_per_s))
    differences = played.result.differences(expected)
    where = "a running exchange" if engine else f"own engine, {core_name()} core"
    _print(played, expected, where, durable)
    for difference in differences:
        console.print(f"[bold red]different[/] {difference}")
    console.print(
        "[bold red]The result is wrong.[/]" if differences else "Exactly the expected result."
    )
    return 1 if differences else 0


def _print(played: Played, expected: Result, where: str, durable: bool) -> None:
    table = Table(title=f"{played.commands:,} commands over UDP to {where}")
    table.add_column("figure")
    table.add_column("this run", justify="right")
    table.add_column("expected", justify="right")
    for name in Result.__dataclass_fields__:
        table.add_row(
            name.replace("_", " "),
            _shown(getattr(played.result, name)),
            _shown(getattr(expected, name)),
        )
    console.print(table)
    rate = played.commands / played.elapsed_s
    console.print(
        f"{rate:,.0f} commands/s answered, {'durable' if durable else 'not durable'}, "
        f"{played.elapsed_s:.2f} s; {played.events:,} events read back in sequence"
    )


def _shown(value: int | str) -> str:
    return f"{value:,}" if isinstance(value, int) else value
