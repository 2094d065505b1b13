"""`openbell venue user`: who there is, and what each login is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.running.instance import DEFAULT_DATA_DIR
from cli.venue.operate import DataDir, operate

if TYPE_CHECKING:
    from cli.venue.control import VenueControl

users_app = typer.Typer(help="List users and give them roles.", no_args_is_help=True)


@users_app.command("list")
def list_(
    email: Annotated[str | None, typer.Argument(help="A part of it; without: all.")] = None,
    role: Annotated[str | None, typer.Option(help="user, market_maker, support or admin.")] = None,
    status: Annotated[
        str | None, typer.Option(help="active, cancel_only, suspended or closed.")
    ] = None,
    after: Annotated[int, typer.Option(min=0, help="Above this number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 50,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """List users by number."""
    from cli.venue.tables import show_users

    said = {"email": email, "role": role, "status": status}
    query: dict[str, str | int] = {name: text for name, text in said.items() if text is not None}
    query |= {"limit": limit, "after_user_id": after}

    async def work(control: VenueControl) -> None:
        show_users(await control.users(query))

    operate(data, work)


@users_app.command("role")
def set_role(
    email: Annotated[str, typer.Argument(help="Of a user that has signed up.")],
    to: Annotated[str, typer.Argument(help="user, market_maker, support or admin.")],
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Say what a login is for; it counts from the next request on."""
    from cli.screen import console

    async def work(control: VenueControl) -> None:
        wanted = to.replace("-", "_")
        await control.act("set_role", user_id=await control.user_id(email), role=wanted)
        console.print(f"{email}: {wanted}.")

    operate(data, work)
