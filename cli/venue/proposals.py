"""`openbell venue proposals`: money moved by hand and trades undone, which need two operators. At
the command line one may ask or agree, not both: the other is an admin who has logged in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.running.instance import DEFAULT_DATA_DIR
from cli.venue.operate import DataDir, operate

if TYPE_CHECKING:
    from pathlib import Path

    from cli.venue.control import VenueControl

proposals_app = typer.Typer(
    help="Ask for money to be moved or a trade undone, and agree to it.", no_args_is_help=True
)

Number = Annotated[int, typer.Argument(metavar="ID", min=1, help="As `list` shows it.")]


@proposals_app.command("list")
def list_(
    state: Annotated[
        str | None, typer.Option(help="open, approved, rejected, done or failed.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 50,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """List proposals, newest first."""
    from cli.venue.tables import show_proposals

    query: dict[str, str | int] = {"limit": limit} | ({} if state is None else {"state": state})

    async def work(control: VenueControl) -> None:
        show_proposals(await control.proposals(query))

    operate(data, work)


@proposals_app.command()
def adjust(
    from_account: Annotated[str, typer.Argument(help="Number or e-mail; 1 is the venue's own.")],
    to_account: Annotated[str, typer.Argument(help="Number or e-mail.")],
    amount: Annotated[str, typer.Argument(help="Decimal text.")],
    asset: Annotated[str, typer.Argument(help="Such as BTC.")],
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Ask for money to be moved by hand. Say why with `openbell venue --why …`."""

    async def work(control: VenueControl) -> None:
        sender, receiver = (
            await control.account_id(from_account),
            await control.account_id(to_account),
        )
        said = {"from_account_id": sender, "to_account_id": receiver}
        await _ask(control, "propose_adjustment", {**said, "asset": asset, "amount": amount})

    operate(data, work)


@proposals_app.command()
def bust(
    symbol: Annotated[str, typer.Argument(help="BASE-QUOTE, such as BTC-USDT.")],
    trade_id: Annotated[int, typer.Argument(min=1)],
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Ask for a trade to be undone. Say why with `openbell venue --why …`."""

    async def work(control: VenueControl) -> None:
        await _ask(control, "propose_bust", {"symbol": symbol, "trade_id": trade_id})

    operate(data, work)


@proposals_app.command()
def approve(proposal_id: Number, data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Agree: the money moves."""
    _decide(data, proposal_id, "approve")


@proposals_app.command()
def reject(proposal_id: Number, data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Do not agree: nothing moves."""
    _decide(data, proposal_id, "reject")


async def _ask(control: VenueControl, act: str, said: dict[str, Any]) -> None:
    from cli.screen import console

    done = await control.act(act, **said)
    console.print(f"Proposal {done.after['proposal_id']} waits for another operator.")


def _decide(data: Path, proposal_id: int, decision: str) -> None:
    from cli.screen import console

    async def work(control: VenueControl) -> None:
        done = await control.act("decide_proposal", proposal_id=proposal_id, decision=decision)
        console.print(f"Proposal {proposal_id}: {done.after['state']}.")

    operate(data, work)
