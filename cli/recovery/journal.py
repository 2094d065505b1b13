"""`openbell journal`: an engine's journal verified, looked at and exported, whether or not the
engine runs. Nothing is changed.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.refusals import said_plainly
from cli.running.instance import DEFAULT_DATA_DIR, Paths

if TYPE_CHECKING:
    from engine_service.journal_record import Record
    from engine_service.journal_scan import JournalScan
    from engine_service.journal_verification import Verified

app = typer.Typer(help="Verify, inspect or export an engine's journal.", no_args_is_help=True)

SHOWN = 20
DataDir = Annotated[
    Path, typer.Option("--data", envvar="OPENBELL_DATA", help="The data directory.")
]
EngineDir = Annotated[
    Path | None,
    typer.Option("--engine", help="The engine's own directory, where it is not DATA/engine."),
]
FromRecord = Annotated[int | None, typer.Option("--from", min=1, help="First record.")]
ToRecord = Annotated[int | None, typer.Option("--to", min=1, help="Last record.")]


@app.command()
def verify(data: DataDir = DEFAULT_DATA_DIR, engine: EngineDir = None) -> None:
    """Check every record, execute all of them again, and compare events and snapshots."""
    from cli.screen import console

    with said_plainly():
        found = verified(engine or Paths.of(data).engine)
    console.print(as_text(found), soft_wrap=True)


@app.command()
def inspect(
    first: FromRecord = None,
    last: ToRecord = None,
    data: DataDir = DEFAULT_DATA_DIR,
    engine: EngineDir = None,
) -> None:
    """Show records as a table: the newest, or those asked for."""
    from cli.recovery.journal_lines import TABLE_HEAD, table_line

    with said_plainly(), _printing():
        records = _records(engine or Paths.of(data).engine, first or 1, last)
        print(TABLE_HEAD)
        for record in records if first or last else deque(records, maxlen=SHOWN):
            print(table_line(record))


@app.command()
def export(
    first: FromRecord = None,
    last: ToRecord = None,
    events: Annotated[
        bool, typer.Option("--events", help="What each record led to, behind it.")
    ] = False,
    data: DataDir = DEFAULT_DATA_DIR,
    engine: EngineDir = None,
) -> None:
    """Print every command as a line of JSON."""
    from cli.recovery.journal_lines import command_lines, event_lines

    directory = engine or Paths.of(data).engine
    with said_plainly(), _printing():
        if events:
            for record, first_seq, led_to in _executed(directory, first or 1, last):
                print(*command_lines(record), *event_lines(first_seq, led_to), sep="\n")
            return
        for record in _records(directory, first or 1, last):
            print(*command_lines(record), sep="\n")


def verified(engine_dir: Path) -> Verified:
    """Verify the files of an engine, and show how far it is.

    Raises:
        NoJournal: there is no journal.
        EngineServiceError: what is wrong.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from cli.recovery.engine_files import opened_files
    from cli.screen import error_console
    from engine_core import core_name
    from engine_service.journal_verification import JournalVerification

    with opened_files(engine_dir) as files:
        verification = JournalVerification(
            files.directory,
            files.segments,
            pure_python=core_name() == "reference",
            is_running=files.is_running,
        )
        bar = Progress(
            TextColumn("verifying record {task.fields[record]:,}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=error_console,
        )
        segments, segment_bytes = files.segments, files.segments.segment_bytes
        with bar:
            task = bar.add_task("", total=segments.count() * segment_bytes, record=0)
            for point in verification.steps():
                done = (point.segment - 1) * segment_bytes + point.offset
                bar.update(task, completed=done, record=point.next_index - 1)
        verification.close()
        return verification.found


def as_text(found: Verified) -> str:
    """Return what was verified, in lines."""
    begun = f"from behind record {found.from_index:,} (snapshot)" if found.from_index else "whole"
    lines = [
        f"The journal is sound: records {found.from_index + 1:,} to {found.last_index:,}, {begun}",
        f"  {found.commands:,} commands executed again, {found.events:,} events, every flush",
        "  names the same events as were made of it",
        f"  chain {found.chain.hex()}, events {found.events_hash.hex()}",
        f"  state hash {found.state_hash.hex()}",
        f"  snapshots that are what the journal leads to: {len(found.snapshots)}",
    ]
    if found.events_lacking:
        lines.append(f"  up to {found.events_lacking:,} events are not at hand in the event log")
    if found.torn:
        lines.append("  behind its end: remains of a flush that was never acknowledged")
    return "\n".join(lines)


def _records(engine_dir: Path, first: int, last: int | None) -> Iterator[Record]:
    from cli.recovery.engine_files import opened_files
    from engine_service.journal_scan import JournalScan

    with opened_files(engine_dir) as files:
        start = files.start_before(first)
        scan: JournalScan = JournalScan(files.segments, start, grows=files.is_running)
        for record in takewhile(lambda one: last is None or one.index <= last, scan.records()):
            if record.index >= first:
                yield record


def _executed(
    engine_dir: Path, first: int, last: int | None
) -> Iterator[tuple[Record, int, bytes]]:
    """Yield records with the events they lead to, and the number of the first of these."""
    from cli.recovery.engine_files import opened_files
    from engine_core import core_name
    from engine_service.journal_scan import JournalScan
    from engine_service.rolling_hash import load_rolling_hash
    from engine_service.sequencer import Sequencer
    from transport.server_session import load_server_sessions

    pure_python = core_name() == "reference"
    with opened_files(engine_dir) as files:
        start = files.warm_start_before(first)
        sessions = load_server_sessions(pure_python)(
            master_key=bytes(32), make_nonce=lambda: 0, credits_datagrams=0
        )
        sequencer = Sequencer(start.core, sessions, load_rolling_hash(pure_python)())
        start.bring(sequencer, 0)
        scan: JournalScan = JournalScan(files.segments, start.point, grows=files.is_running)
        for record in takewhile(lambda one: last is None or one.index <= last, scan.records()):
            first_seq = sequencer.next_event_seq
            led_to = sequencer.replay(record, 0)
            if record.index >= first:
                yield record, first_seq, led_to


@contextmanager
def _printing() -> Iterator[None]:
    """Let whoever reads what is printed go away."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
