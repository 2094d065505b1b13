"""`openbell venue withdrawals`: look at withdrawals, approve, void, say what was paid by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.running.instance import DEFAULT_DATA_DIR
from cli.venue.operate import DataDir, operate

if TYPE_CHECKING:
    from cli.venue.control import VenueControl

withdrawals_app = typer.Typer(help="Look at withdrawals and decide.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="ID", min=1, help="As `list` shows it.")]
Actor = Annotated[str, typer.Option("--by", help="Who decides: it is written down.")]


@withdrawals_app.command("list")
def list_(
    state: Annotated[str, typer.Option(help="open, all, or one state, such as held.")] = "open",
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 50,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """List withdrawals, newest first: those that have not ended, unless told otherwise."""
    from cli.venue.withdrawal_tables import show_withdrawals

    async def work(control: VenueControl) -> None:
        show_withdrawals(control.venue, await control.withdrawals(state, limit))

    operate(data, work)


@withdrawals_app.command()
def show(withdrawal_id: Number, data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Show a withdrawal with every step it took."""
    from cli.venue.withdrawal_tables import show_withdrawal

    async def work(control: VenueControl) -> None:
        show_withdrawal(control.venue, await control.withdrawal(withdrawal_id))

    operate(data, work)


@withdrawals_app.command()
def approve(
    withdrawal_id: Number,
    note: Annotated[str, typer.Option(help="Why.")] = "",
    by: Actor = "",
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Let a withdrawal that is held go to its rail."""
    _decide(data, withdrawal_id, "approve", note, by)


@withdrawals_app.command()
def void(
    withdrawal_id: Number,
    why: Annotated[str, typer.Argument(help="Its owner can read it.")],
    by: Actor = "",
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Give a withdrawal back. Only before its rail was asked: then it takes the rail's word."""
    _decide(data, withdrawal_id, "void", why, by)


@withdrawals_app.command()
def paid(
    withdrawal_id: Number,
    reference: Annotated[str, typer.Argument(help="The payment's name outside.")],
    amount: Annotated[str | None, typer.Option(help="If less left: the rest is released.")] = None,
    by: Actor = "",
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Say that a payment by hand was made, for good."""
    _decide(data, withdrawal_id, "paid", reference, by, amount)


@withdrawals_app.command()
def failed(
    withdrawal_id: Number,
    proof: Annotated[str, typer.Argument(help="How it is known that it never will be made.")],
    by: Actor = "",
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Say that a payment by hand was not made and never will be. Silence is no proof."""
    _decide(data, withdrawal_id, "failed", proof, by)


@withdrawals_app.command()
def rules(
    asset: Annotated[str | None, typer.Argument(help="Such as BTC; without it: show all.")] = None,
    day_max: Annotated[str | None, typer.Option(help="Per login within a day.")] = None,
    approve_above: Annotated[str | None, typer.Option(help="More at once is looked at.")] = None,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Show or set how much may leave of an asset, and how much of it unlooked at."""
    from cli.venue.withdrawal_tables import show_rules

    async def work(control: VenueControl) -> None:
        if asset is not None:
            said = {"day_max": day_max, "approve_above": approve_above}
            await control.act("set_withdrawal_rule", asset=asset, **said)
        show_rules(await control.withdrawal_rules())

    operate(data, work)


def _decide(
    data: Path, withdrawal_id: int, decision: str, note: str, by: str, amount: str | None = None
) -> None:
    from cli.venue.control import exact_atoms
    from cli.venue.withdrawal_tables import show_withdrawal

    async def work(control: VenueControl) -> None:
        said: dict[str, Any] = {"decision": decision, "note": note}
        if amount is not None:
            one = await control.withdrawal(withdrawal_id)
            said["paid_atoms"] = exact_atoms(control.asset(one.asset), amount)
        await control.act("decide_withdrawal", withdrawal_id=withdrawal_id, **said)
        show_withdrawal(control.venue, await control.withdrawal(withdrawal_id))

    operate(data, work, by)
