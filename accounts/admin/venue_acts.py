"""From an operator's words to the engine's commands. Decimal text becomes units here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, Final, TypeVar

from accounts.admin import acts
from accounts.admin.instrument_terms import InstrumentRow, VenueRows, instrument_of
from accounts.errors import Refusal, RefusalCode
from domain import venue_commands
from domain.calendars import InvalidCalendar, parse
from domain.commands import Command, CreateAsset, CreateInstrument, SetTradingStatus
from domain.instruments import Asset, Instrument, InvalidDecimal, InvalidDefinition, define
from domain.orders import AccountStatus, TradingStatus, VenueStatus
from domain.units import PRICE_TICKS_MAX, QTY_LOTS_MAX

SCHEDULED_MAX: Final = 64
"""Changes that the engine keeps waiting for one instrument."""
DAY_S: Final = 86_400
Made = TypeVar("Made")
Terms = dict[str, str | int | None]
"""Named as the fields of CreateInstrument; None: not said."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an act comes to: of what it speaks, and the commands, in order."""

    subject: str
    commands: tuple[Command, ...]


@singledispatch
def plan(act: acts.VenueAct, venue: VenueRows) -> Plan:
    """Return what ``act`` comes to in the venue as it is.

    Raises:
        Refusal: what it names does not exist, or a number in it is not exact.
    """
    raise NotImplementedError(type(act).__name__)


@plan.register
def _(act: acts.CreateAsset, venue: VenueRows) -> Plan:
    name = act.asset.upper()
    if any(one.name == name for one in venue.assets):
        raise refused(f"{name} is listed already")
    asset = _asset(_next_id(one.asset_id for one in venue.assets), name, act.scale)
    return Plan(f"asset:{name}", (_create(asset),))


@plan.register
def _(act: acts.CreateInstrument, venue: VenueRows) -> Plan:
    symbol = act.symbol.upper()
    if any(one.symbol == symbol for one in venue.instruments):
        raise refused(f"{symbol} is listed already: update it")
    names = symbol.split("-")
    if len(names) != 2:
        raise refused(f"{act.symbol!r} is not BASE-QUOTE")
    assets = {one.name: Asset(one.asset_id, one.name, one.scale) for one in venue.assets}
    commands: list[Command] = []
    for name in names:
        if name not in assets:
            next_id = _next_id(one.asset_id for one in assets.values())
            assets[name] = _asset(next_id, name, act.scale)
            commands.append(_create(assets[name]))
    instrument_id = _next_id(one.instrument_id for one in venue.instruments)
    terms = _terms(act)
    defined = _define(instrument_id, assets[names[0]], assets[names[1]], terms)
    commands.append(CreateInstrument(**_fields(defined, terms)))
    if act.status != "halt":
        status = status_of(act.status)
        commands.append(SetTradingStatus(instrument_id=instrument_id, trading_status=status))
    return Plan(f"instrument:{symbol}", tuple(commands))


@plan.register
def _(act: acts.UpdateInstrument, venue: VenueRows) -> Plan:
    row = venue.named(act.symbol)
    now = instrument_of(venue, row)
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
    said = before | {name: value for name, value in _terms(act).items() if value is not None}
    defined = _define(now.instrument_id, now.base, now.quote, said)
    command = venue_commands.UpdateInstrument(**_fields(defined, said))
    return Plan(f"instrument:{row.symbol}", (command,))


@plan.register
def _(act: acts.SetRules, venue: VenueRows) -> Plan:
    row = venue.named(act.symbol)
    now = instrument_of(venue, row)
    reference = act.reference_price
    reference_ticks = row.reference_price_ticks
    if reference is not None:
        reference_ticks = _exact(lambda: now.price_ticks(reference))
    rules: dict[str, Any] = {}
    for name in ("collar_bps", "breaker_bps", "breaker_window_s", "auction_s"):
        said = getattr(act, name)
        rules[name] = getattr(row, name) if said is None else said
    command = venue_commands.SetInstrumentRules(
        instrument_id=row.instrument_id, reference_price_ticks=reference_ticks, **rules
    )
    return Plan(f"instrument:{row.symbol}", (command,))


@plan.register
def _(act: acts.SetStatus, venue: VenueRows) -> Plan:
    row, status = venue.named(act.symbol), status_of(act.status)
    command = SetTradingStatus(instrument_id=row.instrument_id, trading_status=status)
    return Plan(f"instrument:{row.symbol}", (command,))


@plan.register
def _(act: acts.ScheduleStatus, venue: VenueRows) -> Plan:
    row = venue.named(act.symbol)
    return Plan(f"instrument:{row.symbol}", (_schedule(row, status_of(act.status), act.at_s),))


@plan.register
def _(act: acts.ClearSchedule, venue: VenueRows) -> Plan:
    row = venue.named(act.symbol)
    return Plan(f"instrument:{row.symbol}", (_schedule(row, TradingStatus.HALT, 0),))


@plan.register
def _(act: acts.SetCalendar, venue: VenueRows) -> Plan:
    row, now_s = venue.named(act.symbol), venue.read_at_s
    try:
        calendar = parse(act.calendar)
    except InvalidCalendar as error:
        raise refused(str(error)) from error
    wanted = dict(calendar.transitions(now_s, now_s + act.days * DAY_S))
    if len(wanted) > SCHEDULED_MAX:
        raise refused(
            f"{act.days} days are {len(wanted)} changes, the engine keeps {SCHEDULED_MAX}: "
            "take fewer days"
        )
    waiting = {
        one.at_s: TradingStatus(one.trading_status)
        for one in venue.scheduled
        if one.instrument_id == row.instrument_id and one.at_s > now_s
    }
    forget: list[Command] = []
    if any(wanted.get(at_s) != status for at_s, status in waiting.items()):
        forget, waiting = [_schedule(row, TradingStatus.HALT, 0)], {}
    new = sorted(one for one in wanted.items() if one[0] not in waiting)
    added = (_schedule(row, status, at_s) for at_s, status in new)
    return Plan(f"instrument:{row.symbol}", (*forget, *added))


@plan.register
def _(act: acts.SetFees, venue: VenueRows) -> Plan:
    row = venue.named(act.symbol)
    command = venue_commands.SetFees(
        instrument_id=row.instrument_id,
        tier=act.tier,
        maker_fee_ppm=act.maker_fee_ppm,
        taker_fee_ppm=act.taker_fee_ppm,
    )
    return Plan(f"instrument:{row.symbol}", (command,))


@plan.register
def _(act: acts.SetVenueStatus, venue: VenueRows) -> Plan:
    status = VenueStatus[act.status.upper()]
    return Plan("venue", (venue_commands.SetVenueStatus(venue_status=status),))


@plan.register
def _(act: acts.SetFeeTier, venue: VenueRows) -> Plan:
    command = venue_commands.SetFeeTier(account_id=act.account_id, tier=act.tier)
    return Plan(f"account:{act.account_id}", (command,))


@plan.register
def _(act: acts.SetAccountStatus, venue: VenueRows) -> Plan:
    status = AccountStatus[act.status.upper()]
    command = venue_commands.SetAccountStatus(account_id=act.account_id, account_status=status)
    return Plan(f"account:{act.account_id}", (command,))


@plan.register
def _(act: acts.SetAccountLimits, venue: VenueRows) -> Plan:
    before = [one for one in venue.account_terms if one.account_id == act.account_id]
    limits = {}
    for name in ("open_orders_max", "orders_per_s", "orders_burst"):
        said = getattr(act, name)
        limits[name] = said if said is not None else getattr(before[0], name) if before else 0
    command = venue_commands.SetAccountLimits(account_id=act.account_id, **limits)
    return Plan(f"account:{act.account_id}", (command,))


@plan.register
def _(act: acts.SetAssetLimits, venue: VenueRows) -> Plan:
    limited = venue.asset(act.asset)
    key = (act.account_id, limited.asset_id)
    before = [one for one in venue.asset_limits if (one.account_id, one.asset_id) == key]
    atoms = {}
    for name in ("position_max", "order_notional_max"):
        said = getattr(act, name)
        stored = getattr(before[0], f"{name}_atoms") if before else 0
        atoms[f"{name}_atoms"] = stored if said is None else exact_atoms(limited, said)
    command = venue_commands.SetAssetLimits(
        account_id=act.account_id, asset_id=limited.asset_id, **atoms
    )
    return Plan(f"account:{act.account_id}", (command,))


def status_of(name: str) -> TradingStatus:
    """Return the status an operator names.

    Raises:
        Refusal: there is none of that name.
    """
    try:
        return TradingStatus[name.upper().replace("-", "_")]
    except KeyError:
        names = ", ".join(one.name.lower() for one in TradingStatus)
        raise refused(f"{name!r} is not a status; there are: {names}") from None


def exact_atoms(asset: Asset, text: str) -> int:
    """Return decimal text in atoms.

    Raises:
        Refusal: it is not exact.
    """
    return _exact(lambda: asset.atoms(text))


def refused(message: str) -> Refusal:
    """Return the answer to an act that cannot be meant."""
    return Refusal(RefusalCode.INVALID_REQUEST, message)


def _schedule(
    row: InstrumentRow, status: TradingStatus, at_s: int
) -> venue_commands.ScheduleTradingStatus:
    return venue_commands.ScheduleTradingStatus(
        instrument_id=row.instrument_id, trading_status=status, at_s=at_s
    )


def _next_id(taken: Iterable[int]) -> int:
    return max(taken, default=0) + 1


def _asset(asset_id: int, name: str, scale: int) -> Asset:
    return _exact(lambda: Asset(asset_id, name, scale))


def _create(asset: Asset) -> CreateAsset:
    return CreateAsset(asset_id=asset.asset_id, scale=asset.scale, name=asset.name.encode())


def _terms(act: acts.CreateInstrument | acts.UpdateInstrument) -> Terms:
    names = "tick_size lot_size maker_fee_ppm taker_fee_ppm band_bps min_notional price_max qty_max"
    return {name: getattr(act, name) for name in names.split()}


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
    return {
        "instrument_id": defined.instrument_id,
        "symbol": defined.symbol.encode(),
        "base_asset_id": defined.base.asset_id,
        "quote_asset_id": defined.quote.asset_id,
        "quote_atoms_per_tick_lot": defined.quote_atoms_per_tick_lot,
        "base_atoms_per_lot": defined.base_atoms_per_lot,
        "maker_fee_ppm": defined.maker_fee_ppm,
        "taker_fee_ppm": defined.taker_fee_ppm,
        "band_bps": defined.band_bps,
        "min_notional_atoms": defined.min_notional_atoms,
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
        raise refused(str(error)) from error
