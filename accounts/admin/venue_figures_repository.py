"""What a venue's operator counts: volumes, fees, open interest, the largest accounts, the books."""

from typing import Any, Final

import asyncpg

from accounts.admin.instrument_terms import VenueRows, instrument_of
from accounts.database import Connection, load_queries
from accounts.errors import Refusal, RefusalCode
from domain.instruments import Asset
from domain.orders import Side
from domain.units import NS_PER_MS

_SQL: Final = load_queries("venue_figures")
Figure = dict[str, Any]


async def volumes(connection: Connection, since_ns: int) -> list[Figure]:
    """Return what was traded and taken in fees since then, by instrument."""
    told = []
    for row in await connection.fetch(_SQL["volumes"], since_ns):
        base = Asset(1, row["base_asset"], row["base_scale"])
        quote = Asset(1, row["quote_asset"], row["quote_scale"])
        told.append(
            {
                "symbol": row["symbol"],
                "trades": row["trades"],
                "volume": base.text(int(row["base_atoms"])),
                "quote_volume": quote.text(int(row["quote_atoms"])),
                "base_fees": base.text(int(row["base_fee_atoms"])),
                "quote_fees": quote.text(int(row["quote_fee_atoms"])),
            }
        )
    return told


async def fees_earned(connection: Connection) -> list[Figure]:
    """Return what the venue's own account holds, by asset."""
    rows = await connection.fetch(_SQL["fees_earned"])
    return [{"asset": row["asset"], "amount": _text(row, "amount_atoms")} for row in rows]


async def open_interest(connection: Connection, venue: VenueRows) -> list[Figure]:
    """Return what waits in the books, by instrument and side; what has no price has no value."""
    listed = {one.instrument_id: instrument_of(venue, one) for one in venue.instruments}
    told = []
    for row in await connection.fetch(_SQL["open_interest"]):
        instrument = listed[row["instrument_id"]]
        told.append(
            {
                "symbol": row["symbol"],
                "side": Side(row["side"]).name.lower(),
                "orders": row["orders"],
                "accounts": row["accounts"],
                "qty": instrument.qty_text(int(row["leaves_qty_lots"])),
                "notional": instrument.quote.text(int(row["quote_atoms"])),
            }
        )
    return told


async def top_accounts(
    connection: Connection, asset: Asset, by: str, since_ns: int, limit: int
) -> list[Figure]:
    """Return who traded most for an asset since then, or has most of it.

    Raises:
        Refusal: INVALID_REQUEST: neither "volume" nor "balance".
    """
    if by == "volume":
        rows = await connection.fetch(_SQL["top_by_volume"], since_ns, asset.asset_id, limit)
    elif by == "balance":
        rows = await connection.fetch(_SQL["top_by_balance"], asset.asset_id, limit)
    else:
        raise Refusal(RefusalCode.INVALID_REQUEST, "by: volume or balance")
    return [
        {
            "account_id": row["account_id"],
            "user_id": row["user_id"],
            "email": row["email"],
            "amount": asset.text(int(row["amount_atoms"])),
            "fills": row["fills"],
        }
        for row in rows
    ]


async def reconciliation(connection: Connection) -> Figure:
    """Return what the last comparison of the books with the engine found, and the supplies."""
    row = await connection.fetchrow(_SQL["reconciliation"])
    assert row is not None, "the migration made the row"
    supplies = [
        {
            "asset": one["asset"],
            "supply": _text(one, "supply_atoms"),
            "owned": _text(one, "owned_atoms"),
            "held": _text(one, "held_atoms"),
            "agrees": one["supply_atoms"] == one["owned_atoms"],
        }
        for one in await connection.fetch(_SQL["supplies"])
    ]
    told = dict(row)
    told["checked_ts_ns"] = str(told.pop("checked_ms") * NS_PER_MS)
    return {**told, "supplies": supplies}


def _text(row: asyncpg.Record, name: str) -> str:
    return Asset(1, row["asset"], row["scale"]).text(int(row[name]))
