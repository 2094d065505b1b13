"""What an operator is shown of withdrawals."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from accounts.rest.messages import VenueAnswer
from accounts.rest.wallet_messages import RuleAnswer, WithdrawalAnswer
from cli.screen import console
from cli.venue.tables import fixed, moment
from domain.units import NS_PER_S


def show_withdrawals(venue: VenueAnswer, rows: list[WithdrawalAnswer]) -> None:
    """Print withdrawals, one a line."""
    table = Table(title="Withdrawals")
    for name in ("id", "account", "amount", "state", "rail", "to", "asked"):
        table.add_column(name, no_wrap=name in ("id", "state"))
    for one in rows:
        table.add_row(
            str(one.withdrawal_id),
            str(one.account_id),
            _amount(venue, one.asset, one.amount_atoms),
            _state(one),
            one.rail.lower(),
            escape(one.address),
            moment(one.created_ts_ns // NS_PER_S),
        )
    console.print(table if rows else "There are none.")


def show_withdrawal(venue: VenueAnswer, one: WithdrawalAnswer) -> None:
    """Print a withdrawal and its steps."""
    console.print(
        f"Withdrawal {one.withdrawal_id} of account {one.account_id}: "
        f"{_amount(venue, one.asset, one.amount_atoms)} to {escape(one.address)}, {_state(one)}"
    )
    if one.posted_atoms:
        console.print(
            f"{_amount(venue, one.asset, one.posted_atoms)} left: {escape(one.reference)}"
        )
    table = Table("state", "by", "note", "at")
    for step in one.steps:
        told = (step.state.lower(), escape(step.actor), escape(step.note))
        table.add_row(*told, moment(step.ts_ns // NS_PER_S))
    console.print(table)


def show_rules(rules: list[RuleAnswer]) -> None:
    """Print what may leave of each asset."""
    table = Table(
        "asset", "a day, each account", "looked at above", "set", title="Withdrawal rules"
    )
    for one in rules:
        amounts = (one.day_max_atoms, one.approve_above_atoms)
        said = "by default" if one.is_default else "by an operator"
        table.add_row(one.asset, *(fixed(atoms, one.scale) for atoms in amounts), said)
    console.print(table)


def _state(one: WithdrawalAnswer) -> str:
    is_open = one.state not in ("POSTED", "VOIDED")
    return one.state.lower() + (", about to end" if one.ends and is_open else "")


def _amount(venue: VenueAnswer, asset: str, atoms: int) -> str:
    scale = next(one.scale for one in venue.assets if one.name == asset)
    return f"{fixed(atoms, scale)} {asset}"
