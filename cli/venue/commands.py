"""`openbell venue`: operate a running exchange. Every command is journaled by the engine; it is
answered once the book of record has what it did.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.running.instance import DEFAULT_DATA_DIR
from cli.venue.accounts import accounts_app
from cli.venue.operate import DataDir, operate, sign
from cli.venue.proposals import proposals_app
from cli.venue.users import users_app
from cli.venue.withdrawals import withdrawals_app

if TYPE_CHECKING:
    from cli.venue.control import VenueControl

app = typer.Typer(help="Operate a running exchange.", no_args_is_help=True)
instruments_app = typer.Typer(help="List, change and move instruments.", no_args_is_help=True)
app.add_typer(instruments_app, name="instrument")
app.add_typer(accounts_app, name="account")
app.add_typer(withdrawals_app, name="withdrawals")
app.add_typer(users_app, name="user")
app.add_typer(proposals_app, name="proposals")

Symbol = Annotated[str, typer.Argument(help="BASE-QUOTE, such as BTC-USDT.")]
Tick = Annotated[str | None, typer.Option("--tick", help="Smallest price step.")]
Lot = Annotated[str | None, typer.Option("--lot", help="Smallest quantity step.")]
MakerFee = Annotated[int | None, typer.Option("--maker-fee-ppm", help="Parts per million.")]
TakerFee = Annotated[int | None, typer.Option("--taker-fee-ppm", help="Parts per million.")]
Band = Annotated[int | None, typer.Option("--band-bps", help="How far market orders may go.")]
MinNotional = Annotated[str | None, typer.Option("--min-notional", help="In the quote asset.")]
PriceMax = Annotated[str | None, typer.Option("--price-max", help="Highest price.")]
QtyMax = Annotated[str | None, typer.Option("--qty-max", help="Largest quantity of an order.")]


@app.callback()
def signed_by(
    by: Annotated[str, typer.Option("--by", help="Who does it: it is written down.")] = "",
    why: Annotated[str, typer.Option("--why", help="Why: it is written down.")] = "",
) -> None:
    """Operate a running exchange. Whatever is done is written down: `openbell venue log`."""
    sign(by, why)


@app.command()
def show(data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Show instruments, rules, fees, schedules, limits, and whether the venue is open."""
    from cli.venue.tables import show_venue

    async def work(control: VenueControl) -> None:
        show_venue(control.venue)

    operate(data, work)


@app.command()
def halt(data: DataDir = DEFAULT_DATA_DIR) -> None:
    """The kill switch: nothing is entered, amended, triggered or uncrossed; cancels work."""
    _set_venue_status(data, "halted")


@app.command("open")
def open_(data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Take the kill switch back."""
    _set_venue_status(data, "open")


@app.command()
def log(
    subject: Annotated[
        str | None, typer.Option(help="Such as instrument:BTC-USDT, user:12, or instrument.")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Whose acts.")] = None,
    action: Annotated[str | None, typer.Option(help="Such as set_status.")] = None,
    outcome: Annotated[str | None, typer.Option(help="done, refused or unknown.")] = None,
    before: Annotated[int | None, typer.Option(min=1, help="Older than this number.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 50,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Show what operators did, newest first: who, what, before and after, why and when."""
    from cli.venue.tables import show_acts

    said = {"subject": subject, "actor": actor, "action": action, "outcome": outcome}
    query: dict[str, str | int] = {name: text for name, text in said.items() if text is not None}
    query |= {"limit": limit} | ({} if before is None else {"before_act_id": before})

    async def work(control: VenueControl) -> None:
        show_acts(await control.acts(query))

    operate(data, work)


@app.command("make-admin")
def make_admin(
    email: Annotated[str, typer.Argument(help="Of a user that has signed up.")],
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Let a user operate the venue through the admin API; another admin must agree, if there is
    one.
    """
    from cli.screen import console

    async def work(control: VenueControl) -> None:
        user_id = await control.user_id(email)
        query: dict[str, str | int] = {"role": "admin", "status": "active", "limit": 1}
        if await control.users(query):
            done = await control.act("propose_administrator", user_id=user_id)
            number = done.after["proposal_id"]
            console.print(f"Proposal {number} waits for an admin to agree.")
            return
        await control.act("set_role", user_id=user_id, role="admin")
        console.print(f"{email} is an admin, from the next request on.")

    operate(data, work)


@app.command("publish-liabilities")
def publish_liabilities(data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Publish now what the exchange owes, as it does once a day by itself."""

    async def work(control: VenueControl) -> None:
        published = await control.publish_liabilities()
        typer.echo(f"publication {published.liability_id} at event {published.event_seq}")
        for one in published.assets:
            total = control.asset(one.asset).text(one.total_atoms)
            typer.echo(f"  {one.asset}: {total} to {one.leaves} accounts, root {one.root_hash}")

    operate(data, work)


@app.command("rotate-keys")
def rotate_keys(data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Sign access tokens with a new key from now on; the tokens that are out stay good."""
    from cli.screen import console

    async def work(control: VenueControl) -> None:
        console.print(f"Access tokens are signed with {await control.rotate_signing_key()} now.")

    operate(data, work)


@instruments_app.command()
def create(
    symbol: Symbol,
    tick: Annotated[str, typer.Option("--tick", help="Smallest price step.")],
    lot: Annotated[str, typer.Option("--lot", help="Smallest quantity step.")],
    maker_fee_ppm: MakerFee = 0,
    taker_fee_ppm: TakerFee = 0,
    band_bps: Band = 1_000,
    min_notional: MinNotional = None,
    price_max: PriceMax = None,
    qty_max: QtyMax = None,
    scale: Annotated[int, typer.Option(help="Decimals of an asset that is new.")] = 8,
    trading: Annotated[bool, typer.Option("--open", help="Trade at once; else HALT.")] = False,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """List an instrument, and its assets where they are new."""
    terms = _terms(
        tick, lot, maker_fee_ppm, taker_fee_ppm, band_bps, min_notional, price_max, qty_max
    )
    status = "trading" if trading else "halt"

    async def work(control: VenueControl) -> None:
        await control.act("create_instrument", symbol=symbol, scale=scale, status=status, **terms)
        _show(control, symbol)

    operate(data, work)


@instruments_app.command()
def update(
    symbol: Symbol,
    tick: Tick = None,
    lot: Lot = None,
    maker_fee_ppm: MakerFee = None,
    taker_fee_ppm: TakerFee = None,
    band_bps: Band = None,
    min_notional: MinNotional = None,
    price_max: PriceMax = None,
    qty_max: QtyMax = None,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Change what is said of an instrument's terms; tick and lot only in HALT, without orders."""
    from cli.screen import console

    terms = _terms(
        tick, lot, maker_fee_ppm, taker_fee_ppm, band_bps, min_notional, price_max, qty_max
    )

    async def work(control: VenueControl) -> None:
        done = await control.act("update_instrument", symbol=symbol, **terms)
        _show(control, symbol)
        if {"tick_size", "lot_size"} & done.after.keys():
            console.print(
                "Its units are new. Leave it in HALT for 10 seconds: by then no order is under "
                "way that was worked out in the old ones."
            )

    operate(data, work)


@instruments_app.command()
def rules(
    symbol: Symbol,
    collar_bps: Annotated[
        int | None, typer.Option(help="Limit prices: from the reference.")
    ] = None,
    breaker_bps: Annotated[int | None, typer.Option(help="Trades: within the window.")] = None,
    breaker_window_s: Annotated[int | None, typer.Option(help="Seconds.")] = None,
    auction_s: Annotated[int | None, typer.Option(help="How long auctions last; 0: open.")] = None,
    reference_price: Annotated[str | None, typer.Option(help="Before the first trade.")] = None,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Change what is said of what guards an instrument's price; 0 switches a rule off."""
    said = {
        "collar_bps": collar_bps,
        "breaker_bps": breaker_bps,
        "breaker_window_s": breaker_window_s,
        "auction_s": auction_s,
        "reference_price": reference_price,
    }

    async def work(control: VenueControl) -> None:
        await control.act("set_rules", symbol=symbol, **said)
        _show(control, symbol)

    operate(data, work)


@instruments_app.command()
def status(
    symbol: Symbol,
    to: Annotated[str, typer.Argument(help="trading, auction, cancel_only, halt or closed.")],
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Move an instrument now. From an auction to trading uncrosses; closed is for good."""

    async def work(control: VenueControl) -> None:
        await control.act("set_status", symbol=symbol, status=to)
        _show(control, symbol)

    operate(data, work)


@instruments_app.command()
def schedule(
    symbol: Symbol,
    to: Annotated[str | None, typer.Argument(help="The status to go to.")] = None,
    at: Annotated[str | None, typer.Option(help="2026-12-24T13:00 (UTC) or …-05:00.")] = None,
    in_s: Annotated[int | None, typer.Option("--in-s", min=1, help="Seconds from now.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Forget all that wait.")] = False,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Have an instrument moved at a time, or forget all changes that wait for it."""
    from cli.venue.hours import moment_s
    from cli.venue.tables import show_schedule

    if clear == (to is not None) or (to is not None and (at is None) == (in_s is None)):
        raise typer.BadParameter("say TO with --at or --in-s, or --clear alone")

    async def work(control: VenueControl) -> None:
        row = control.instrument_row(symbol)
        if to is None:
            await control.act("clear_schedule", symbol=symbol)
        else:
            at_s = moment_s(at) if at is not None else int(time.time()) + (in_s or 0)
            await control.act("schedule_status", symbol=symbol, status=to, at_s=at_s)
        show_schedule(control.venue, row.instrument_id)

    operate(data, work)


@instruments_app.command()
def calendar(
    symbol: Symbol,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="TOML.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="How many to come.")] = 7,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Schedule an instrument's trading hours. Run it every day: what waits already stays."""
    from cli.screen import console
    from cli.venue.hours import read_calendar
    from cli.venue.tables import show_schedule

    async def work(control: VenueControl) -> None:
        content, hours = read_calendar(file)
        await control.act("set_calendar", symbol=symbol, calendar=content, days=days)
        show_schedule(control.venue, control.instrument_row(symbol).instrument_id)
        is_open = hours.is_open(int(time.time()))
        console.print(f"By the calendar it is {'open' if is_open else 'closed'} now.")

    operate(data, work)


@instruments_app.command()
def fees(
    symbol: Symbol,
    tier: Annotated[int, typer.Argument(min=1, max=15)],
    maker_fee_ppm: Annotated[int, typer.Option(min=0, help="Parts per million.")],
    taker_fee_ppm: Annotated[int, typer.Option(min=0, help="Parts per million.")],
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Set what accounts of a fee tier pay in an instrument; tier 0 is the instrument's own."""
    from cli.venue.tables import show_fees

    paid = {"maker_fee_ppm": maker_fee_ppm, "taker_fee_ppm": taker_fee_ppm}

    async def work(control: VenueControl) -> None:
        await control.act("set_fees", symbol=symbol, tier=tier, **paid)
        show_fees(control.venue)

    operate(data, work)


def _terms(
    tick: str | None,
    lot: str | None,
    maker_fee_ppm: int | None,
    taker_fee_ppm: int | None,
    band_bps: int | None,
    min_notional: str | None,
    price_max: str | None,
    qty_max: str | None,
) -> dict[str, str | int | None]:
    return {
        "tick_size": tick,
        "lot_size": lot,
        "maker_fee_ppm": maker_fee_ppm,
        "taker_fee_ppm": taker_fee_ppm,
        "band_bps": band_bps,
        "min_notional": min_notional,
        "price_max": price_max,
        "qty_max": qty_max,
    }


def _show(control: VenueControl, symbol: str) -> None:
    from cli.venue.tables import show_instruments

    show_instruments(control.venue, [control.instrument_row(symbol)])


def _set_venue_status(data: Path, name: str) -> None:
    from cli.screen import console
    from domain.orders import VenueStatus

    async def work(control: VenueControl) -> None:
        await control.act("set_venue_status", status=name)
        console.print(f"The venue is {VenueStatus(control.venue.venue_status).name.lower()}.")

    operate(data, work)
