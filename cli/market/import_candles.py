"""`openbell import … --into candles`: another venue's trades as candles of an instrument."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from cli.running.instance import InstanceError
from client.rest import OpenbellClient
from domain.instruments import Asset, InvalidDecimal
from domain.instruments import Instrument as Units
from domain.units import NS_PER_S
from market_data.candles import Candle, CandleBoard, TradeRow, seconds_of
from market_data.errors import MarketDataError
from market_data.imports_repository import ImportedBatch, ImportsRepository, ImportState
from replay.importers.trade_files import ForeignTrade, read_trades

BATCH_TRADES: Final = 50_000
"""Stored together: so many an interrupted run reads again."""
console = Console(stderr=True)


class ImportRefused(InstanceError):
    """Nothing more was imported; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class CandleImport:
    """``join``: show the candles before the exchange's own ones; ``replace``: forget what was
    imported before.
    """

    path: Path
    source: str
    symbol: str
    gateway_url: str
    join: bool
    replace: bool


@dataclass
class Imported:
    """What one run did. Trades: new ones, those that were there, and those that told an earlier
    time than the one before and were counted at that one's.
    """

    trades: int = 0
    known: int = 0
    late: int = 0


def import_candles(wanted: CandleImport) -> Imported:
    """Import a file, going on where an earlier run of the same source ended.

    Raises:
        ImportRefused, ReplayError: it cannot be; what was stored before stays.
    """
    try:
        done = asyncio.run(_run(wanted))
    except (asyncpg.PostgresError, OSError, MarketDataError) as error:
        raise ImportRefused(f"the import broke off, start it again: {error}") from error
    console.print(
        f"{done.trades:,} trades into candles of {wanted.symbol}; {done.known:,} were there"
        + (f"; {done.late:,} told an earlier time than the one before" if done.late else "")
    )
    return done


async def _run(wanted: CandleImport) -> Imported:
    async with OpenbellClient(wanted.gateway_url) as client:
        symbols = {one.symbol for one in await client.instruments()}
        scales = {one.name: one.scale for one in await client.assets()}
    if wanted.symbol not in symbols:
        raise ImportRefused(f"there is no instrument {wanted.symbol}: openbell venue creates one")
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=2) as pool:
        repository = ImportsRepository(pool)
        found = await repository.instrument(wanted.symbol)
        if found is None:
            raise ImportRefused(f"market data does not know {wanted.symbol} yet: try again")
        units = _units(scales, wanted.symbol, found)
        if wanted.replace:
            await repository.forget(units.instrument_id)
        return await _import(wanted, units, repository)


def _units(scales: dict[str, int], symbol: str, found: tuple[int, int, int]) -> Units:
    instrument_id, quote_atoms, base_atoms = found
    base, quote = (
        Asset(number, name, scales[name]) for number, name in enumerate(symbol.split("-"))
    )
    return Units(
        instrument_id=instrument_id,
        symbol=symbol,
        base=base,
        quote=quote,
        quote_atoms_per_tick_lot=quote_atoms,
        base_atoms_per_lot=base_atoms,
        maker_fee_ppm=0,
        taker_fee_ppm=0,
        band_bps=0,
    )


async def _import(wanted: CandleImport, units: Units, repository: ImportsRepository) -> Imported:
    state = await repository.state(units.instrument_id)
    _refuse_another_source(wanted, state)
    if state is not None and wanted.join and not state.joined:
        await repository.join(units.instrument_id, True)
    board = CandleBoard(await repository.open_candles(units.instrument_id))
    done, first_id = Imported(), state.first_id if state else 0
    with _bar() as bar:
        task = bar.add_task(f"importing {wanted.path.name}", total=wanted.path.stat().st_size)
        found = _rising(
            read_trades(wanted.path, wanted.source, lambda read: bar.update(task, completed=read))
        )
        while batch := list(islice(found, BATCH_TRADES)):
            new = list(_unknown(batch, state.last_id if state else -1, first_id))
            done.known += len(batch) - len(new)
            if not new:
                continue
            rows, late = _rows(new, units, state.last_ts_ns if state else 0)
            candles = board.add(_seconds(rows, new, units))
            last = new[-1].trade_id, rows[-1][2]
            count = sum(trade.trades for trade in new)
            written = ImportedBatch(candles, new[0].trade_id, *last, count)
            state = await repository.write(
                units.instrument_id, wanted.source, state, written, wanted.join
            )
            done.trades += count
            done.late += late
    return done


def _refuse_another_source(wanted: CandleImport, state: ImportState | None) -> None:
    if state is not None and state.source != wanted.source:
        raise ImportRefused(
            f"{wanted.symbol} has candles of {state.source}: the same trades from two sources would"
            " count twice. --replace forgets them first"
        )


def _rising(trades: Iterable[ForeignTrade]) -> Iterator[ForeignTrade]:
    """Yield trades as long as their ids go up: one that comes back would count as known."""
    before = -1
    for trade in trades:
        if trade.trade_id < before:
            raise ImportRefused(
                f"trade {trade.trade_id} stands behind trade {before}: sort the file by its ids"
            )
        before = trade.trade_id
        yield trade


def _unknown(batch: Iterable[ForeignTrade], last_id: int, first_id: int) -> Iterator[ForeignTrade]:
    for trade in batch:
        if trade.trade_id > last_id:
            last_id = trade.trade_id
            yield trade
        elif trade.trade_id < first_id:
            raise ImportRefused(
                f"trade {trade.trade_id} is older than the first one imported ({first_id}): import"
                " the oldest file first, or begin again with --replace"
            )


def _rows(trades: list[ForeignTrade], units: Units, last_ns: int) -> tuple[list[TradeRow], int]:
    """Return the trades in ticks and lots, never back in time, and how many that took."""
    rows: list[TradeRow] = []
    late = 0
    for trade in trades:
        if trade.ts_ns < last_ns:
            late += 1
        last_ns = max(last_ns, trade.ts_ns)
        try:
            price, qty = units.price_ticks(trade.price), units.qty_lots(trade.qty)
        except InvalidDecimal as error:
            raise ImportRefused(
                f"trade {trade.trade_id}: {error}."
                " Use an instrument with steps as fine as the file's"
            ) from None
        if not price or not qty:
            raise ImportRefused(f"trade {trade.trade_id} has a price or a quantity of 0")
        rows.append(
            (units.instrument_id, trade.trade_id, last_ns, price, qty, trade.aggressor_side)
        )
    return rows, late


def _seconds(rows: list[TradeRow], trades: list[ForeignTrade], units: Units) -> list[Candle]:
    """Return the candles of one second; a row that stands for several trades counts as those."""
    seconds = seconds_of(rows, units.quote_atoms_per_tick_lot, units.base_atoms_per_lot)
    if all(trade.trades == 1 for trade in trades):
        return seconds
    counts: Counter[int] = Counter()
    for row, trade in zip(rows, trades, strict=True):
        counts[row[2] // NS_PER_S] += trade.trades
    return [second._replace(trades=counts[second.ts_open_ns // NS_PER_S]) for second in seconds]


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
        console=console,
    )
