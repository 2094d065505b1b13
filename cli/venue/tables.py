"""What an operator is shown of the venue: instruments, accounts, what waits for its time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from rich.markup import escape
from rich.table import Table

from accounts.rest.messages import InstrumentAnswer, VenueAnswer
from cli.screen import console
from cli.venue.control import Act, Proposal, User, instrument_of
from domain.orders import AccountStatus, StatusCause, TradingStatus, VenueStatus
from domain.units import NS_PER_S, PRICE_TICKS_MAX, QTY_LOTS_MAX

NONE = "–"


def show_venue(venue: VenueAnswer) -> None:
    """Print all that is listed and set."""
    status = VenueStatus(venue.venue_status)
    open_or_not = "[green]open[/]" if status is VenueStatus.OPEN else "[bold red]HALTED[/]"
    console.print(f"The venue is {open_or_not}; logic version {venue.logic_version}.")
    show_instruments(venue, venue.instruments)
    show_fees(venue)
    show_schedule(venue)
    show_accounts(venue)


def show_instruments(venue: VenueAnswer, rows: list[InstrumentAnswer]) -> None:
    """Print instruments with their terms and rules."""
    table = Table(title="Instruments")
    table.add_column("instrument", no_wrap=True)
    for name in ("status", "tick", "lot", "maker", "taker", "band", "bounds and rules"):
        table.add_column(name)
    for row in rows:
        listed = instrument_of(venue, row)
        table.add_row(
            row.symbol,
            status_in_words(row),
            listed.tick_size,
            listed.lot_size,
            percent(row.maker_fee_ppm, 10_000),
            percent(row.taker_fee_ppm, 10_000),
            percent(row.band_bps, 100),
            rules_in_words(venue, row),
        )
    console.print(table)


def show_fees(venue: VenueAnswer) -> None:
    """Print what the tiers above 0 pay, if there are any."""
    if not venue.fees:
        return
    symbols = {one.instrument_id: one.symbol for one in venue.instruments}
    table = Table("instrument", "tier", "maker", "taker", title="Fee tiers")
    for one in venue.fees:
        fees = (percent(one.maker_fee_ppm, 10_000), percent(one.taker_fee_ppm, 10_000))
        table.add_row(symbols[one.instrument_id], str(one.tier), *fees)
    console.print(table)


def show_schedule(venue: VenueAnswer, instrument_id: int | None = None) -> None:
    """Print the changes of status that wait, of one instrument or of all, if there are any."""
    symbols = {one.instrument_id: one.symbol for one in venue.instruments}
    table = Table("instrument", "goes to", "at", title="Scheduled")
    for one in venue.scheduled:
        if one.at_s > time.time() and instrument_id in (None, one.instrument_id):
            status = TradingStatus(one.trading_status).name.lower()
            table.add_row(symbols[one.instrument_id], status, moment(one.at_s))
    if table.row_count:
        console.print(table)


def show_accounts(venue: VenueAnswer) -> None:
    """Print the accounts that are not as usual, if there are any."""
    table = Table("account", "status", "fee tier", "open orders", "orders/s", title="Accounts")
    for one in venue.account_terms:
        rate = f"{one.orders_per_s} (burst {one.orders_burst})" if one.orders_per_s else NONE
        status = AccountStatus(one.account_status).name.lower()
        orders_max = str(one.open_orders_max) if one.open_orders_max else NONE
        table.add_row(str(one.account_id), status, str(one.fee_tier), orders_max, rate)
    if table.row_count:
        console.print(table)
    assets = {one.asset_id: one for one in venue.assets}
    limits = Table("account", "asset", "position", "one order", title="Asset limits")
    for limit in venue.asset_limits:
        asset = assets[limit.asset_id]
        amounts = (limit.position_max_atoms, limit.order_notional_max_atoms)
        shown = (fixed(atoms, asset.scale) if atoms else NONE for atoms in amounts)
        limits.add_row(str(limit.account_id), asset.name, *shown)
    if limits.row_count:
        console.print(limits)


def status_in_words(row: InstrumentAnswer) -> str:
    """Return an instrument's status, why, and when an auction ends."""
    words = TradingStatus(row.trading_status).name.lower()
    if row.status_cause != StatusCause.REQUESTED:
        words += f" ({StatusCause(row.status_cause).name.lower().replace('_', ' ')})"
    if row.auction_ends_ns:
        words += f" until {moment(row.auction_ends_ns // NS_PER_S)}"
    return words


def rules_in_words(venue: VenueAnswer, row: InstrumentAnswer) -> str:
    """Return what bounds an instrument's orders and guards its price."""
    listed, rules = instrument_of(venue, row), []
    if row.min_notional_atoms:
        least = fixed(row.min_notional_atoms, listed.quote.scale)
        rules.append(f"at least {least} {listed.quote.name}")
    if row.price_max_ticks < PRICE_TICKS_MAX:
        rules.append(f"price up to {listed.price_text(row.price_max_ticks)}")
    if row.qty_max_lots < QTY_LOTS_MAX:
        rules.append(f"quantity up to {listed.qty_text(row.qty_max_lots)}")
    if row.collar_bps:
        rules.append(f"collar {percent(row.collar_bps, 100)}")
    if row.breaker_bps:
        rules.append(f"breaker {percent(row.breaker_bps, 100)} in {row.breaker_window_s} s")
    if row.auction_s:
        rules.append(f"auctions {row.auction_s} s")
    if row.reference_price_ticks:
        rules.append(f"reference {listed.price_text(row.reference_price_ticks)}")
    return ", ".join(rules) or NONE


def percent(count: int, per_percent: int) -> str:
    """Return ``count`` in percent, exact."""
    digits = len(str(per_percent)) - 1
    return f"{fixed(count, digits)} %"


def fixed(count: int, decimals: int) -> str:
    """Return ``count`` units of 10**-decimals, without zeros at the end."""
    text = str(count).rjust(decimals + 1, "0")
    whole, part = text[: len(text) - decimals], text[len(text) - decimals :].rstrip("0")
    return f"{whole}.{part}" if part else whole


def moment(at_s: int) -> str:
    """Return Unix seconds as UTC text."""
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%S} UTC"


def show_users(users: list[User]) -> None:
    """Print users, one a line."""
    table = Table("user", "e-mail", "role", "status", "accounts", title="Users")
    for one in users:
        accounts = ", ".join(map(str, one.account_ids))
        table.add_row(str(one.user_id), escape(one.email), one.role, one.status, accounts)
    console.print(table if users else "There are none.")


def show_proposals(rows: list[Proposal]) -> None:
    """Print proposals with what they move."""
    table = Table("id", "of", "moves", "asked by", "why", "state", "decided by", title="Proposals")
    for one in rows:
        moves = "\n".join(
            f"{move.amount} {move.asset} from {move.from_account_id} to {move.to_account_id}"
            for move in one.moves
        )
        state = f"{one.state}: {one.detail}" if one.detail else one.state
        words = (one.subject, moves, one.asker, one.reason, state, one.decider or NONE)
        table.add_row(str(one.proposal_id), *(escape(text) for text in words))
    console.print(table if rows else "There are none.")


def show_acts(acts: list[Act]) -> None:
    """Print what operators did, one a line."""
    table = Table(title="Acts")
    for name in ("act", "at", "by", "what", "of", "before", "after", "outcome", "why"):
        table.add_column(name, overflow="fold")
    for one in acts:
        outcome = f"{one.outcome}: {one.detail}" if one.detail else one.outcome
        words = (one.actor, one.action, one.subject, _fields(one.before), _fields(one.after))
        said = (*words, outcome, one.reason)
        at = moment(int(one.ts_ns) // NS_PER_S)
        table.add_row(str(one.act_id), at, *(escape(text) for text in said))
    console.print(table if acts else "There are none.")


def _fields(content: dict[str, Any]) -> str:
    return "\n".join(f"{name} {value}" for name, value in content.items())
