"""What operators do with instruments, assets and the venue as a whole."""

from functools import partial
from typing import Final

from gateway.calls.admin_client import Query
from gateway.rest.admin_acts import carry_out, symbol
from gateway.rest.route import Access, Call, Route
from gateway.types import admin as api


async def operated_assets(call: Call) -> api.ListedAssets:
    """List assets."""
    return await call.services.admin.assets()


async def create_asset(call: Call) -> api.Act:
    """List an asset."""
    return await carry_out(call, "create_asset")


async def operated_instruments(call: Call) -> api.OperatedInstruments:
    """List instruments with all that is set of them."""
    return await call.services.admin.instruments()


async def create_instrument(call: Call) -> api.Act:
    """List an instrument; with a status other than halt it trades at once."""
    return await carry_out(call, "create_instrument")


async def update_instrument(call: Call) -> api.Act:
    """Change terms and fees. New units need halt and an empty book."""
    return await carry_out(call, "update_instrument", symbol=symbol(call))


async def set_instrument_rules(call: Call) -> api.Act:
    """Change collar, breaker, auction length and reference price."""
    return await carry_out(call, "set_rules", symbol=symbol(call))


async def set_instrument_status(call: Call) -> api.Act:
    """Halt, resume, call an auction, take cancels only, or close for good."""
    return await carry_out(call, "set_status", symbol=symbol(call))


async def set_tier_fees(call: Call) -> api.Act:
    """Set what a fee tier pays."""
    return await carry_out(call, "set_fees", symbol=symbol(call))


async def schedule_instrument_status(call: Call) -> api.Act:
    """Have the status change at a time."""
    return await carry_out(call, "schedule_status", symbol=symbol(call))


async def clear_schedule(call: Call) -> api.Act:
    """Forget all changes that wait."""
    return await carry_out(call, "clear_schedule", symbol=symbol(call))


async def set_calendar(call: Call) -> api.Act:
    """Schedule trading hours; what waits already stays."""
    return await carry_out(call, "set_calendar", symbol=symbol(call))


async def set_venue_status(call: Call) -> api.Act:
    """Stop all trading, or open again."""
    return await carry_out(call, "set_venue_status")


async def instrument_versions(call: Call) -> api.InstrumentVersions:
    """List what an instrument was, who made it so and why."""
    query: api.VersionQuery = call.query
    asked: Query = {"limit": query.limit}
    if query.before is not None:
        asked["before_seq"] = query.before
    rows = await call.services.admin.versions(symbol(call), asked)
    cursor = rows[-1].seq if len(rows) == query.limit and rows[-1].seq else None
    return api.InstrumentVersions(rows, cursor)


_admin = partial(Route, tag="Operators", access=Access.ADMIN)
_support = partial(Route, tag="Operators", access=Access.SUPPORT)
_OF_INSTRUMENT: Final = "/admin/instruments/{symbol}"
ROUTES: Final = (
    _support(
        method="GET",
        path="/admin/assets",
        handler=operated_assets,
        summary="List assets",
        answer=api.ListedAssets,
    ),
    _admin(
        method="POST",
        path="/admin/assets",
        handler=create_asset,
        summary="List an asset",
        body=api.NewAsset,
        answer=api.Act,
        status=201,
    ),
    _support(
        method="GET",
        path="/admin/instruments",
        handler=operated_instruments,
        summary="List instruments with all that is set of them",
        answer=api.OperatedInstruments,
    ),
    _admin(
        method="POST",
        path="/admin/instruments",
        handler=create_instrument,
        summary="List an instrument, and its assets where they are new",
        body=api.NewInstrument,
        answer=api.Act,
        status=201,
    ),
    _admin(
        method="PATCH",
        path=_OF_INSTRUMENT,
        handler=update_instrument,
        summary="Change an instrument's terms",
        body=api.InstrumentChange,
        answer=api.Act,
    ),
    _support(
        method="GET",
        path=f"{_OF_INSTRUMENT}/versions",
        handler=instrument_versions,
        summary="List an instrument's versions, newest first",
        query=api.VersionQuery,
        answer=api.InstrumentVersions,
    ),
    _admin(
        method="PUT",
        path=f"{_OF_INSTRUMENT}/status",
        handler=set_instrument_status,
        summary="Move an instrument now",
        body=api.StatusChange,
        answer=api.Act,
    ),
    _admin(
        method="PUT",
        path=f"{_OF_INSTRUMENT}/rules",
        handler=set_instrument_rules,
        summary="Change what guards an instrument's price",
        body=api.RulesChange,
        answer=api.Act,
    ),
    _admin(
        method="PUT",
        path=f"{_OF_INSTRUMENT}/fees",
        handler=set_tier_fees,
        summary="Set what a fee tier pays in an instrument",
        body=api.TierFeesChange,
        answer=api.Act,
    ),
    _admin(
        method="POST",
        path=f"{_OF_INSTRUMENT}/schedule",
        handler=schedule_instrument_status,
        summary="Have an instrument moved at a time",
        body=api.StatusAtTime,
        answer=api.Act,
        status=201,
    ),
    _admin(
        method="DELETE",
        path=f"{_OF_INSTRUMENT}/schedule",
        handler=clear_schedule,
        summary="Forget all changes of status that wait",
        answer=api.Act,
    ),
    _admin(
        method="PUT",
        path=f"{_OF_INSTRUMENT}/calendar",
        handler=set_calendar,
        summary="Schedule an instrument's trading hours",
        body=api.TradingCalendar,
        answer=api.Act,
    ),
    _admin(
        method="PUT",
        path="/admin/venue/status",
        handler=set_venue_status,
        summary="The kill switch, and maintenance",
        body=api.VenueStatusChange,
        answer=api.Act,
    ),
)
