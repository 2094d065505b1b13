"""What an operator set while the venue runs, in PostgreSQL."""

from typing import Final

from accounts.database import Connection, load_queries
from accounts.settling.batch import Batch
from accounts.settling.venue_settings import (
    AccountTerms,
    AssetLimits,
    ScheduledStatus,
    TierFees,
    VenueState,
)

_SQL: Final = load_queries("venue_settings")
_CHANGES: Final = {
    name: _SQL[name]
    for name in (
        "forget_schedule",
        "forget_due",
        "forget_scheduled",
        "insert_scheduled",
        "forget_fees",
        "insert_fees",
        "know_account",
        "set_fee_tier",
        "set_account_status",
        "set_account_limits",
        "forget_asset_limits",
        "insert_asset_limits",
        "set_venue_status",
        "set_logic_version",
    )
}


async def write_settings(connection: Connection, batch: Batch) -> None:
    """Write what a batch set, in its order."""
    for name, arguments in batch.settings.changes:
        await connection.execute(_CHANGES[name], *arguments)


async def venue_state(connection: Connection) -> VenueState:
    """Return the state of the venue as a whole."""
    row = await connection.fetchrow(_SQL["venue"])
    assert row is not None, "the migration made the venue's row"
    return VenueState(**row)


async def account_terms(connection: Connection) -> list[AccountTerms]:
    """Return every account for which anything was ever set, by id."""
    return [AccountTerms(**row) for row in await connection.fetch(_SQL["all_account_terms"])]


async def asset_limits(connection: Connection) -> list[AssetLimits]:
    """Return all limits of accounts in assets, by account and asset."""
    return [AssetLimits(**row) for row in await connection.fetch(_SQL["all_asset_limits"])]


async def tier_fees(connection: Connection) -> list[TierFees]:
    """Return the fees of all tiers above 0, by instrument and tier."""
    return [TierFees(**row) for row in await connection.fetch(_SQL["all_fees"])]


async def scheduled_statuses(connection: Connection) -> list[ScheduledStatus]:
    """Return the changes that wait, by instrument and time; some may be due already."""
    return [ScheduledStatus(**row) for row in await connection.fetch(_SQL["all_scheduled"])]
