"""Which of a login's accounts a request is about: the main one unless it names another of its own.

An account that is not the asker's is as if it were not there.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from gateway.auth import Principal
from gateway.errors import ApiError
from gateway.sub_account_rows import OwnAccountRow

KNOWN_S: Final = 30.0
"""For so long accounts is not asked again which accounts a login has: they are never taken away."""
ASKED_AGAIN_S: Final = 1.0
"""At most one look in this time for an account that was not among them: it may be new."""
LOGINS_KNOWN_MAX: Final = 10_000


class AccountSource(Protocol):
    """Accounts, as this needs it."""

    async def own_accounts(self, user_id: int) -> list[OwnAccountRow]:
        """Return the accounts of a login."""
        ...


class OwnAccounts:
    """What accounts last said of each login that chose an account."""

    def __init__(
        self, source: AccountSource, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._source = source
        self._monotonic_s = monotonic_s
        self._known: OrderedDict[int, tuple[float, frozenset[int]]] = OrderedDict()

    async def chosen(self, principal: Principal, account_id: int | None) -> Principal:
        """Return who is asking, about the account that was chosen. A key has one account only.

        Raises:
            ApiError: 404 if it is not one of the asker's, 503 while accounts cannot say.
        """
        if account_id is None or account_id == principal.account_id:
            return principal
        if not principal.is_login or account_id not in await self._of(principal, account_id):
            raise no_such_account()
        return replace(principal, account_id=account_id)

    async def _of(self, principal: Principal, account_id: int) -> frozenset[int]:
        looked_at_s, own = self._known.get(principal.user_id, (float("-inf"), frozenset[int]()))
        age_s = self._monotonic_s() - looked_at_s
        if age_s < (KNOWN_S if account_id in own else ASKED_AGAIN_S):
            return own
        asked_at_s = self._monotonic_s()
        rows = await self._source.own_accounts(principal.user_id)
        own = frozenset(row.account_id for row in rows)
        self._known[principal.user_id] = (asked_at_s, own)
        self._known.move_to_end(principal.user_id)
        if len(self._known) > LOGINS_KNOWN_MAX:
            self._known.popitem(last=False)
        return own

    def forget(self, user_id: int) -> None:
        """Ask anew at the next choice: an account was made here."""
        self._known.pop(user_id, None)


def no_such_account() -> ApiError:
    """Return the answer for an account that is not there, or not the asker's: always the same."""
    return ApiError(404, "NOT_FOUND", "no such account")
