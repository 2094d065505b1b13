"""Assets, instruments and engine accounts in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import astuple, fields
from operator import attrgetter
from typing import Any, Final

from accounts.database import Connection, load_queries
from accounts.errors import Disagreement
from accounts.settling.batch import Batch
from accounts.settling.ledger_repository import SCHEMA
from accounts.settling.venue import AssetRecord, EngineAccount, InstrumentRecord, UnitsRecord

_SQL: Final = load_queries("venue")
_TERMS_OF: Final = attrgetter(
    "instrument_id",
    "quote_atoms_per_tick_lot",
    "base_atoms_per_lot",
    "maker_fee_ppm",
    "taker_fee_ppm",
    "band_bps",
    "min_notional_atoms",
    "price_max_ticks",
    "qty_max_lots",
    "status_cause",
    "auction_ends_ns",
    "collar_bps",
    "breaker_bps",
    "breaker_window_s",
    "auction_s",
    "reference_price_ticks",
)


async def instruments_by_id(
    connection: Connection, instrument_ids: Sequence[int]
) -> dict[int, InstrumentRecord]:
    """Return the stored instruments among ``instrument_ids``."""
    rows = await connection.fetch(_SQL["instruments_by_id"], instrument_ids)
    return {row["instrument_id"]: InstrumentRecord(**row) for row in rows}


async def instruments(connection: Connection) -> dict[int, InstrumentRecord]:
    """Return all instruments by id."""
    rows = await connection.fetch(_SQL["all_instruments"])
    return {row["instrument_id"]: InstrumentRecord(**row) for row in rows}


async def units(connection: Connection) -> list[UnitsRecord]:
    """Return what every instrument's tick and lot were, by instrument, oldest first."""
    return [UnitsRecord(**row) for row in await connection.fetch(_SQL["all_units"])]


async def instrument_by_symbol(connection: Connection, symbol: str) -> int | None:
    """Return the id of the instrument with ``symbol``."""
    found: int | None = await connection.fetchval(_SQL["instrument_by_symbol"], symbol)
    return found


async def assets(connection: Connection) -> list[AssetRecord]:
    """Return all assets, by id."""
    return [AssetRecord(**row) for row in await connection.fetch(_SQL["all_assets"])]


async def asset_by_name(connection: Connection, name: str) -> AssetRecord | None:
    """Return the asset called ``name``."""
    row = await connection.fetchrow(_SQL["asset_by_name"], name)
    return None if row is None else AssetRecord(**row)


async def engine_accounts(connection: Connection) -> list[EngineAccount]:
    """Return every account the engine opened, by id."""
    return [EngineAccount(**row) for row in await connection.fetch(_SQL["all_engine_accounts"])]


async def write_venue(connection: Connection, batch: Batch) -> None:
    """Write what a batch created and changed of the venue itself.

    Raises:
        Disagreement: a row is missing.
    """
    await _copy(connection, "assets", batch.venue.assets)
    await _copy(connection, "engine_accounts", batch.venue.accounts)
    await _copy(connection, "instruments", batch.new_instruments)
    stored = batch.used_instruments
    if stored:
        status = await connection.execute(
            _SQL["update_instruments"],
            [one.instrument_id for one in stored],
            [one.trading_status for one in stored],
            [one.book_seq for one in stored],
            [one.last_trade_price_ticks for one in stored],
            [one.next_trade_id for one in stored],
        )
        if status != f"UPDATE {len(stored)}":
            raise Disagreement(f"instruments: {len(stored)} rows to change, {status}")
    for one in batch.new_terms:
        await connection.execute(_SQL["update_terms"], *_TERMS_OF(one))
    await _copy(connection, "instrument_units", batch.venue.units)
    await _copy(connection, "instrument_versions", batch.venue.versions)


async def _copy(connection: Connection, table: str, records: list[Any]) -> None:
    if records:
        columns = [field.name for field in fields(records[0])]
        await connection.copy_records_to_table(
            table, records=map(astuple, records), columns=columns, schema_name=SCHEMA
        )
