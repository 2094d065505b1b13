"""Who may do what: the roles of users, and which acts each role is for."""

from enum import StrEnum
from typing import Final

from accounts.admin.acts import Act, SetUserStatus


class Role(StrEnum):
    """What a login is for."""

    USER = "user"
    MARKET_MAKER = "market_maker"
    """May what a user may; operators tell it apart."""
    SUPPORT = "support"
    """Sees what an admin sees, and stops users."""
    ADMIN = "admin"


COMMAND_LINE: Final = "command_line"
"""Stands for whoever holds the machine's own keys: may do all."""
OPERATORS: Final = frozenset({Role.SUPPORT, Role.ADMIN})
STRICTER: Final = ("active", "cancel_only", "suspended", "closed")
"""Users' statuses, each stops more than the one before."""


def may_carry_out(role: str, act: Act) -> bool:
    """Whether ``role`` is for ``act``; of whom support may stop, see ``may_stop``."""
    if role in (COMMAND_LINE, Role.ADMIN):
        return True
    is_stopping = isinstance(act, SetUserStatus) and act.status in ("cancel_only", "suspended")
    return role == Role.SUPPORT and is_stopping


def may_stop(role: str, whose_role: str, before: str, to: str) -> bool:
    """Whether ``role`` may move a user from one status to another: support only stops, and no
    operator.
    """
    if role in (COMMAND_LINE, Role.ADMIN):
        return True
    return whose_role not in OPERATORS and STRICTER.index(to) > STRICTER.index(before)
