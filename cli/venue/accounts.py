"""`openbell venue account`: what accounts may do, pay and own. ACCOUNT is a number or an e-mail."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.running.instance import DEFAULT_DATA_DIR
from cli.venue.operate import DataDir, operate

if TYPE_CHECKING:
    from cli.venue.control import VenueControl

accounts_app = typer.Typer(help="Set what accounts may do and pay.", no_args_is_help=True)

STATUSES: Final = ("active", "cancel_only", "suspended", "closed")
Account = Annotated[str, typer.Argument(help="Its number, or its user's e-mail.")]


@accounts_app.command()
def status(
    account: Account,
    to: Annotated[str, typer.Argument(help="active, cancel_only, suspended or closed.")],
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Say what an account may do; suspended and closed cancel its open orders. Named by e-mail: the
    login and all its accounts, and stopped it is logged out.
    """
    from cli.screen import console
    from cli.venue.control import VenueRefused
    from cli.venue.tables import show_accounts

    wanted = to.replace("-", "_")
    if wanted not in STATUSES:
        raise typer.BadParameter(f"{to!r} is not a status; there are: {', '.join(STATUSES)}")

    async def work(control: VenueControl) -> None:
        if account.isdecimal():
            numbered = int(account)
            await control.act("set_account_status", account_id=numbered, status=wanted)
            console.print(f"Account {account}: done.")
        else:
            user_id = await control.user_id(account)
            done = await control.act("set_user_status", user_id=user_id, status=wanted)
            if done.outcome != "done":
                raise VenueRefused(done.detail)
            console.print(f"{account} and all accounts of this login: {wanted}.")
        show_accounts(control.venue)

    operate(data, work)


@accounts_app.command("drop-copy")
def drop_copy(
    account: Account,
    api_key: Annotated[str, typer.Argument(help="Whose owner sees the account's fills.")],
    end: Annotated[bool, typer.Option("--end", help="From now on no more.")] = False,
    by: Annotated[str, typer.Option("--by", help="Who decides: it is written down.")] = "",
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Let an API key see another account's fills, and nothing else of it."""

    async def work(control: VenueControl) -> None:
        account_id = await control.account_id(account)
        copied = await control.drop_copy(api_key, account_id, by or getpass.getuser(), end)
        typer.echo(f"{api_key} sees the fills of: {', '.join(map(str, copied)) or 'nobody else'}")

    operate(data, work)


@accounts_app.command()
def limits(
    account: Account,
    open_orders_max: Annotated[int | None, typer.Option(min=0)] = None,
    orders_per_s: Annotated[int | None, typer.Option(min=0)] = None,
    orders_burst: Annotated[int | None, typer.Option(min=0)] = None,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Change what is said of an account's own limits; 0 is none. A rate needs a burst."""
    said = {
        "open_orders_max": open_orders_max,
        "orders_per_s": orders_per_s,
        "orders_burst": orders_burst,
    }
    _operate(data, account, "set_account_limits", said)


@accounts_app.command("fee-tier")
def fee_tier(
    account: Account,
    tier: Annotated[int, typer.Argument(min=0, max=15)],
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Put an account into a fee tier; 0 pays each instrument's own fees."""
    _operate(data, account, "set_fee_tier", {"tier": tier})


@accounts_app.command("asset-limits")
def asset_limits(
    account: Account,
    asset: Annotated[str, typer.Argument(help="Such as BTC.")],
    position_max: Annotated[
        str | None, typer.Option(help="To own, and have on order. 0: none.")
    ] = None,
    order_notional_max: Annotated[
        str | None, typer.Option(help="To trade in one order. 0: none.")
    ] = None,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Change what is said of what an account may own of an asset, and trade of it in one order."""
    said = {
        "asset": asset,
        "position_max": position_max,
        "order_notional_max": order_notional_max,
    }
    _operate(data, account, "set_asset_limits", said)


def _operate(data: Path, account: str, act: str, said: dict[str, Any]) -> None:
    """Have something set of an account, and show the accounts that are not as usual."""
    from cli.screen import console
    from cli.venue.tables import show_accounts

    async def work(control: VenueControl) -> None:
        account_id = await control.account_id(account)
        await control.act(act, account_id=account_id, **said)
        console.print(f"Account {account_id}: done.")
        show_accounts(control.venue)

    operate(data, work)
