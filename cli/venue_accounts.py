"""`openbell venue account`: what accounts may do, pay and own. ACCOUNT is a number or an e-mail."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.instance import DEFAULT_DATA_DIR
from cli.venue_operate import DataDir, operate

if TYPE_CHECKING:
    from cli.venue_control import VenueControl
    from domain.commands import Command

accounts_app = typer.Typer(help="Set what accounts may do and pay.", no_args_is_help=True)

Account = Annotated[str, typer.Argument(help="Its number, or its user's e-mail.")]


@accounts_app.command()
def status(
    account: Account,
    to: Annotated[str, typer.Argument(help="active, cancel_only, suspended or closed.")],
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Say what an account may do; suspended and closed cancel its open orders."""
    from cli.venue_control import VenueRefused
    from domain.orders import AccountStatus
    from domain.venue_commands import SetAccountStatus

    def command(_: VenueControl, account_id: int) -> Command:
        known = {one.name.lower(): one for one in AccountStatus}
        wanted = known.get(to.replace("-", "_"))
        if wanted is None:
            raise VenueRefused(f"{to!r} is not a status; there are: {', '.join(known)}")
        return SetAccountStatus(account_id=account_id, account_status=wanted)

    _operate(data, account, command)


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
    from domain.venue_commands import SetAccountLimits

    def command(control: VenueControl, account_id: int) -> Command:
        said = {
            "open_orders_max": open_orders_max,
            "orders_per_s": orders_per_s,
            "orders_burst": orders_burst,
        }
        before = [one for one in control.venue.account_terms if one.account_id == account_id]
        for name, value in said.items():
            if value is None:
                said[name] = getattr(before[0], name) if before else 0
        return SetAccountLimits(
            account_id=account_id, **{name: value or 0 for name, value in said.items()}
        )

    _operate(data, account, command)


@accounts_app.command("fee-tier")
def fee_tier(
    account: Account,
    tier: Annotated[int, typer.Argument(min=0, max=15)],
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Put an account into a fee tier; 0 pays each instrument's own fees."""
    from domain.venue_commands import SetFeeTier

    _operate(data, account, lambda _, account_id: SetFeeTier(account_id=account_id, tier=tier))


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
    from cli.venue_control import VenueRefused
    from domain.instruments import InvalidDecimal
    from domain.venue_commands import SetAssetLimits

    def command(control: VenueControl, account_id: int) -> Command:
        limited = control.asset(asset)
        key = (account_id, limited.asset_id)
        before = [
            one for one in control.venue.asset_limits if (one.account_id, one.asset_id) == key
        ]
        atoms = {
            "position_max_atoms": before[0].position_max_atoms if before else 0,
            "order_notional_max_atoms": before[0].order_notional_max_atoms if before else 0,
        }
        try:
            if position_max is not None:
                atoms["position_max_atoms"] = limited.atoms(position_max)
            if order_notional_max is not None:
                atoms["order_notional_max_atoms"] = limited.atoms(order_notional_max)
        except InvalidDecimal as error:
            raise VenueRefused(str(error)) from error
        return SetAssetLimits(account_id=account_id, asset_id=limited.asset_id, **atoms)

    _operate(data, account, command)


def _operate(data: Path, account: str, command: Callable[[VenueControl, int], Command]) -> None:
    """Have the command for an account executed, and show the accounts that are not as usual."""
    from cli.screen import console
    from cli.venue_tables import show_accounts

    async def work(control: VenueControl) -> None:
        account_id = await control.account_id(account)
        await control.execute([command(control, account_id)])
        console.print(f"Account {account_id}: done.")
        show_accounts(control.venue)

    operate(data, work)
