"""`openbell replay` of order-level history, and `openbell capture --symbol`: a running exchange's
order flow as a file.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import uvloop
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from client.rest import OpenbellClient
from replay.errors import BadStream
from replay.faults import FaultRates
from replay.flow_commands import Step
from replay.flow_comparison import Parting
from replay.flow_market import FlowMarket
from replay.flow_player import FlowPace, FlowPlayed, play_flow
from replay.importers.order_files import FLOW, ITCH, detect_orders, read_orders
from replay.live_capture import LiveCapture, capture_flow
from replay.order_flow import (
    RECORD_BYTES,
    FlowKind,
    FlowTerms,
    equity_terms,
    read_terms,
    write_terms,
)
from replay.own_engine import own_engine
from transport.engine_client import EngineAddress
from transport.keys import MasterKey

console = Console()
NS_PER_MINUTE: Final = 60 * 10**9


@dataclass(frozen=True, kw_only=True)
class FlowOptions:
    """How to replay. ``symbol``: of the new instrument; ``stock``: of an ITCH file's many;
    ``engine``: one that runs, its key and its gateway's URL; None: an own, fresh one.
    """

    symbol: str | None
    stock: str | None
    speed: float | None
    begin_ns: int
    durable: bool
    faults: FaultRates
    engine: tuple[EngineAddress, MasterKey, str] | None


def clock_ns(text: str) -> int:
    """Return a time of day (9:30, 09:30:15) in ns since midnight.

    Raises:
        BadStream: it is none.
    """
    parts = text.split(":")
    if not 2 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() for part in parts):
        raise BadStream(f"{text!r} is no time of day: write 09:30")
    hours, minutes, seconds = (*map(int, parts), 0)[:3]
    return (hours * 60 + minutes) * NS_PER_MINUTE + seconds * 10**9


def speed_of(text: str) -> float | None:
    """Return times the recorded pace; None: as fast as it goes.

    Raises:
        BadStream: it is neither a number above 0 nor "max".
    """
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < 1e9:
        raise BadStream(f"--speed is max or a number above 0, not {text!r}")
    return speed


def terms_of(path: Path, source: str, symbol: str | None, stock: str | None) -> FlowTerms:
    """Return the terms of a file's flow under a symbol.

    Raises:
        BadStream: it needs one, or ITCH needs a stock.
    """
    if source == FLOW:
        with path.open("rb") as file:
            terms = read_terms(file)
        return terms if symbol is None else replace(terms, symbol=symbol)
    if source == ITCH and not stock:
        raise BadStream("an ITCH file holds all stocks: choose one with --stock AAPL")
    if symbol is None:
        raise BadStream("name the instrument it becomes: --symbol AAPL-USD")
    return equity_terms(symbol, source)


def replay_flow(path: Path, options: FlowOptions) -> int:
    """Replay a file and print what came of it; 0 if the book took every step, else 1."""
    source = detect_orders(path)
    if source is None:
        raise BadStream(f"{path} shows no layout of orders that is known here")
    terms = terms_of(path, source, options.symbol, options.stock)
    market = FlowMarket.of(terms, time.time_ns())
    with _bar(path) as progress:
        pieces = read_orders(path, source, options.stock or "", progress)
        played = uvloop.run(_play(market, pieces, options))
    _print(played, options, market)
    comparison = played.comparison
    return 1 if comparison.missing or comparison.extra else 0


async def _play(market: FlowMarket, pieces: Iterator[bytes], options: FlowOptions) -> FlowPlayed:
    pace = FlowPace(speed=options.speed, begin_ns=options.begin_ns, faults=options.faults)
    if options.engine is not None:
        address, key, gateway_url = options.engine
        await _refuse_taken_names(market, gateway_url)
        return await play_flow(address, key, market, pieces, pace)
    with tempfile.TemporaryDirectory(prefix="openbell-replay-") as directory:
        running = own_engine(durable=options.durable, data_dir=Path(directory) / "engine")
        async with running as (address, key):
            return await play_flow(address, key, market, pieces, replace(pace, alone=True))


async def _refuse_taken_names(market: FlowMarket, gateway_url: str) -> None:
    """Assets are everybody's: a replay makes its own, and never mints another's.

    Raises:
        BadStream: one of the names is taken.
    """
    async with OpenbellClient(gateway_url) as client:
        taken = {asset.name for asset in await client.assets()}
    for asset in (market.instrument.base, market.instrument.quote):
        if asset.name in taken:
            raise BadStream(
                f"the exchange has an asset {asset.name}, and a replay makes its own: choose a"
                " --symbol of two new names, such as AAPL2-USD2"
            )


def convert(path: Path, out: Path, symbol: str | None, stock: str | None) -> int:
    """Write a file's order flow in the exchange's own layout; return how many records."""
    source = detect_orders(path)
    if source is None:
        raise BadStream(f"{path} shows no layout of orders that is known here")
    terms = terms_of(path, source, symbol, stock)
    size = 0
    with out.open("wb") as file, _bar(path) as progress:
        write_terms(file, terms)
        for records in read_orders(path, source, stock or "", progress):
            size += file.write(records)
    count = size // RECORD_BYTES
    console.print(f"{count:,} records of {terms.symbol} in {out}")
    return count


def capture_live(
    engine: tuple[EngineAddress, MasterKey], path: Path, symbol: str, seconds: float, whole: bool
) -> int:
    """Capture a running exchange's order flow; return how many records."""
    with console.status(f"capturing {symbol}") as status:
        wanted = LiveCapture(
            symbol=symbol,
            path=path,
            seconds=seconds,
            whole=whole,
            progress=lambda count: status.update(f"capturing {symbol}: {count:,} records"),
        )
        count = asyncio.run(capture_flow(*engine, wanted))
    console.print(f"{count:,} records of {symbol} in {path}")
    return count


@contextmanager
def _bar(path: Path) -> Iterator[Callable[[int], None]]:
    """Show how much of a file is read; yield what is told."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
        console=console,
    )
    with bar:
        task = bar.add_task(path.name, total=path.stat().st_size)
        yield lambda read: bar.update(task, completed=read)


def _print(played: FlowPlayed, options: FlowOptions, market: FlowMarket) -> None:
    where = "the running exchange" if options.engine else "an own engine"
    speed = "as fast as it went" if options.speed is None else f"at {options.speed:g}x"
    rate = played.commands / max(played.elapsed_s, 1e-9)
    console.print(
        f"{played.records:,} records of {market.instrument.symbol}, {played.commands:,} commands"
        f" over UDP to {where}, {speed}: {played.elapsed_s:.2f} s, {rate:,.0f}/s",
        highlight=False,
    )
    for what, count in sorted(played.unmapped.items()):
        console.print(f"left out: {count:,} {what}", highlight=False)
    for reason, count in sorted(played.refused.items()):
        console.print(f"refused: {count:,} x {reason.name}", highlight=False)
    comparison = played.comparison
    console.print(
        f"{comparison.equal:,} steps of the book as the history says, {comparison.missing:,}"
        f" missing, {comparison.extra:,} others",
        highlight=False,
    )
    if comparison.parting is not None:
        _print_parting(comparison.parting)


def _print_parting(parting: Parting) -> None:
    console.print(f"[bold red]They part at step {parting.number:,}[/]")
    for step in parting.before:
        console.print(f"  both     {_shown(step)}", highlight=False)
    for name, steps in (("history", parting.expected), ("engine", parting.found)):
        for step in steps:
            console.print(f"  {name:8} {_shown(step)}", highlight=False)
        if not steps:
            console.print(f"  {name:8} nothing more", highlight=False)


def _shown(step: Step) -> str:
    kind, order_ref, qty, price, side = step
    words = [FlowKind(kind).name.lower(), f"order {order_ref}"]
    if qty:
        words.append(f"{qty} lots")
    if price:
        words.append(f"at {price} ticks")
    if side:
        words.append("buy" if side == 1 else "sell")
    return ", ".join(words)
