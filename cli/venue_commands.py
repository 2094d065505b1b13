"""From an operator's words to the engine's commands. Decimal text becomes units here."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from accounts.rest.messages import InstrumentAnswer
from cli.engine_access import terms_of
from cli.venue_control import VenueControl, VenueRefused
from domain.calendars import Calendar, InvalidCalendar, parse
from domain.commands import Command, CreateAsset, CreateInstrument, SetTradingStatus
from domain.instruments import (
    Asset,
    Instrument,
    InvalidDecimal,
    InvalidDefinition,
    define,
)
from domain.orders import TradingStatus
from domain.units import PRICE_TICKS_MAX, QTY_LOTS_MAX
from domain.venue_commands import (
    ScheduleTradingStatus,
    SetInstrumentRules,
    UpdateInstrument,
)

SCHEDULED_MAX = 64
"""Changes that the engine keeps waiting for one instrument."""
DAY_S = 86_400
Made = TypeVar("Made")
Terms = dict[str, str | int | None]
"""Named as the options of `instrument create`; None: not said."""


def create_commands(control: VenueControl, symbol: str, terms: Terms, scale: int) -> list[Command]:
    """Return the commands that list BASE-QUOTE, and its assets where they are missing.

    Raises:
        VenueRefused: it is listed already, or its terms are not exact.
    """
    if any(one.symbol == symbol.upper() for one in control.venue.instruments):
        raise VenueRefused(
            f"{symbol.upper()} is listed already: `openbell venue instrument update`"
        )
    names = symbol.upper().split("-")
    if len(names) != 2:
        raise VenueRefused(f"{symbol!r} is not BASE-QUOTE")
    assets = {one.name: Asset(one.asset_id, one.name, one.scale) for one in control.venue.assets}
    commands: list[Command] = []
    next_id = max((one.asset_id for one in assets.values()), default=0) + 1
    for name in names:
        if name not in assets:
            assets[name] = _asset(next_id, name, scale)
            commands.append(CreateAsset(asset_id=next_id, scale=scale, name=name.encode()))
            next_id += 1
    instrument_id = max((one.instrument_id for one in control.venue.instruments), default=0) + 1
    base, quote = (assets[name] for name in names)
    defined = _define(instrument_id, base, quote, terms)
    return [*commands, CreateInstrument(**_fields(defined, terms))]


def update_command(control: VenueControl, symbol: str, terms: Terms) -> UpdateInstrument:
    """Return the command that changes what is said of an instrument's terms.

    Raises:
        VenueRefused: no such instrument, or terms that are not exact.
    """
    now = control.instrument(symbol)
    row = control.instrument_row(symbol)
    before: Terms = {
        "tick_size": now.tick_size,
        "lot_size": now.lot_size,
        "maker_fee_ppm": row.maker_fee_ppm,
        "taker_fee_ppm": row.taker_fee_ppm,
        "band_bps": row.band_bps,
        "min_notional": now.quote.text(row.min_notional_atoms),
        "price_max": _bound(now.price_text, row.price_max_ticks, PRICE_TICKS_MAX),
        "qty_max": _bound(now.qty_text, row.qty_max_lots, QTY_LOTS_MAX),
    }
    said = before | {name: value for name, value in terms.items() if value is not None}
    defined = _define(now.instrument_id, now.base, now.quote, said)
    return UpdateInstrument(**_fields(defined, said))


def changes_units(control: VenueControl, command: UpdateInstrument) -> bool:
    """Whether a tick or a lot would be another."""
    for row in control.venue.instruments:
        if row.instrument_id == command.instrument_id:
            units = (row.quote_atoms_per_tick_lot, row.base_atoms_per_lot)
            return units != (command.quote_atoms_per_tick_lot, command.base_atoms_per_lot)
    return False


def rules_command(control: VenueControl, symbol: str, terms: Terms) -> SetInstrumentRules:
    """Return the command that changes what is said of what guards an instrument's price.

    Raises:
        VenueRefused: no such instrument, or a price that is not a multiple of its tick.
    """
    row, now = control.instrument_row(symbol), control.instrument(symbol)
    reference, said = terms["reference_price"], terms
    reference_ticks = row.reference_price_ticks
    if reference is not None:
        reference_ticks = _exact(lambda: now.price_ticks(str(reference)))
    rules: dict[str, Any] = {
        name: getattr(row, name) if said[name] is None else said[name]
        for name in ("collar_bps", "breaker_bps", "breaker_window_s", "auction_s")
    }
    return SetInstrumentRules(
        instrument_id=row.instrument_id, reference_price_ticks=reference_ticks, **rules
    )


def status_of(name: str) -> TradingStatus:
    """Return the status an operator names.

    Raises:
        VenueRefused: there is none of that name.
    """
    try:
        return TradingStatus[name.upper().replace("-", "_")]
    except KeyError:
        names = ", ".join(one.name.lower() for one in TradingStatus)
        raise VenueRefused(f"{name!r} is not a status; there are: {names}") from None


def status_command(row: InstrumentAnswer, status: str) -> SetTradingStatus:
    """Return the command that moves an instrument."""
    return SetTradingStatus(instrument_id=row.instrument_id, trading_status=status_of(status))


def moment_s(text: str) -> int:
    """Return "2026-12-24T13:00-05:00" as Unix seconds; without an offset it is UTC.

    Raises:
        VenueRefused: it is no such text.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise VenueRefused(
            f"{text!r} is not a time such as 2026-12-24T13:00 (UTC) or 2026-12-24T13:00-05:00"
        ) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def schedule(row: InstrumentAnswer, status: TradingStatus, at_s: int) -> ScheduleTradingStatus:
    """Return the command that has an instrument moved at a time; 0 forgets all that wait."""
    return ScheduleTradingStatus(instrument_id=row.instrument_id, trading_status=status, at_s=at_s)


def read_calendar(path: Path) -> Calendar:
    """Return the calendar of a TOML file.

    Raises:
        VenueRefused: it cannot be read, or says nothing that can be done.
    """
    try:
        return parse(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, InvalidCalendar) as error:
        raise VenueRefused(f"{path}: {error}") from error


def calendar_commands(
    control: VenueControl, symbol: str, calendar: Calendar, days: int
) -> list[Command]:
    """Return the commands after which exactly the calendar's next ``days`` wait; none if they do.

    Raises:
        VenueRefused: no such instrument, or more changes than the engine keeps.
    """
    row, now_s = control.instrument_row(symbol), int(time.time())
    wanted = dict(calendar.transitions(now_s, now_s + days * DAY_S))
    if len(wanted) > SCHEDULED_MAX:
        raise VenueRefused(
            f"{days} days are {len(wanted)} changes, the engine keeps {SCHEDULED_MAX}: "
            "take fewer --days"
        )
    waiting = waiting_changes(control, row.instrument_id)
    if any(wanted.get(at_s) != status for at_s, status in waiting.items()):
        forget = schedule(row, TradingStatus.HALT, 0)
        return [forget, *_scheduled(row, wanted.items())]
    return [*_scheduled(row, (one for one in wanted.items() if one[0] not in waiting))]


def waiting_changes(control: VenueControl, instrument_id: int) -> dict[int, TradingStatus]:
    """Return the changes that wait for an instrument, by time."""
    now_s = int(time.time())
    return {
        one.at_s: TradingStatus(one.trading_status)
        for one in control.venue.scheduled
        if one.instrument_id == instrument_id and one.at_s > now_s
    }


def _scheduled(
    row: InstrumentAnswer, changes: Iterable[tuple[int, TradingStatus]]
) -> list[Command]:
    return [schedule(row, status, at_s) for at_s, status in sorted(changes)]


def _asset(asset_id: int, name: str, scale: int) -> Asset:
    return _exact(lambda: Asset(asset_id, name, scale))


def _define(instrument_id: int, base: Asset, quote: Asset, terms: Terms) -> Instrument:
    return _exact(
        lambda: define(
            instrument_id,
            base,
            quote,
            tick_size=str(terms["tick_size"]),
            lot_size=str(terms["lot_size"]),
            maker_fee_ppm=int(terms["maker_fee_ppm"] or 0),
            taker_fee_ppm=int(terms["taker_fee_ppm"] or 0),
            band_bps=int(terms["band_bps"] or 0),
            min_notional=str(terms["min_notional"] or "0"),
        )
    )


def _fields(defined: Instrument, terms: Terms) -> dict[str, Any]:
    """Return the fields that creating and updating share."""
    price_max, qty_max = terms["price_max"], terms["qty_max"]
    return terms_of(defined) | {
        "price_max_ticks": _exact(lambda: defined.price_ticks(str(price_max))) if price_max else 0,
        "qty_max_lots": _exact(lambda: defined.qty_lots(str(qty_max))) if qty_max else 0,
    }


def _bound(text_of: Callable[[int], str], count: int, format_max: int) -> str | None:
    """Return a bound as text; None for one that only the format sets."""
    return None if count >= format_max else text_of(count)


def _exact(make: Callable[[], Made]) -> Made:
    try:
        return make()
    except (InvalidDecimal, InvalidDefinition, ValueError) as error:
        raise VenueRefused(str(error)) from error
