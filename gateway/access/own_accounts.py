"""Which account a request is about: the asker's main one, unless it names another that it may.

A login may name any of its own. A key has one account; an operator may let it see the fills of
others, and then it may do nothing else there. Any other account is as if it were not there.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, Protocol

from gateway.access.auth import Principal
from gateway.calls.sub_account_rows import OwnAccountRow
from gateway.errors import ApiError

KNOWN_S: Final = 30.0
"""For so long accounts is not asked again which accounts a login has: they are never taken away."""
ASKED_AGAIN_S: Final = 1.0
"""At most one look in this time for an account that was not among them: it may be new."""
COPIES_KNOWN_S: Final = 5.0
"""What a key was let see, it sees at most this much longer than it may."""
ASKERS_KNOWN_MAX: Final = 10_000
DROP_COPY: Final = "drop_copy"
"""The permission to see an account's fills and nothing else."""


class AccountSource(Protocol):
    """Accounts, as this needs it."""

    async def own_accounts(self, user_id: int) -> list[OwnAccountRow]:
        """Return the accounts of a login."""
        ...

    async def copied_accounts(self, api_key: str) -> list[int]:
        """Return the other accounts whose fills a key sees."""
        ...


class OwnAccounts:
    """What accounts last said of each asker that chose an account."""

    def __init__(
        self, source: AccountSource, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._source = source
        self._monotonic_s = monotonic_s
        self._known: OrderedDict[int | str, tuple[float, frozenset[int]]] = OrderedDict()

    async def chosen(self, principal: Principal, account_id: int | None) -> Principal:
        """Return who is asking, about the account that was chosen.

        Raises:
            ApiError: 404 if it is none that the asker may choose, 503 while accounts cannot say.
        """
        if account_id is None or account_id == principal.account_id:
            return principal
        if not await self.may_choose(principal, account_id):
            raise no_such_account()
        if principal.is_login:
            return replace(principal, account_id=account_id)
        return replace(principal, account_id=account_id, permissions=frozenset({DROP_COPY}))

    async def may_choose(self, principal: Principal, account_id: int) -> bool:
        """Return whether an asker may, or still may, choose an account other than its main one.

        Raises:
            ApiError: 503 while accounts cannot say.
        """
        if principal.is_login:
            return account_id in await self._own(principal.user_id, account_id)
        return account_id in await self._copied(principal.api_key or "")

    async def _own(self, user_id: int, account_id: int) -> frozenset[int]:
        async def ask() -> list[int]:
            return [row.account_id for row in await self._source.own_accounts(user_id)]

        _, own = self._known.get(user_id, (0.0, frozenset[int]()))
        return await self._recent(user_id, KNOWN_S if account_id in own else ASKED_AGAIN_S, ask)

    async def _copied(self, api_key: str) -> frozenset[int]:
        async def ask() -> list[int]:
            return await self._source.copied_accounts(api_key)

        return await self._recent(api_key, COPIES_KNOWN_S, ask)

    async def _recent(
        self, asker: int | str, for_s: float, ask: Callable[[], Awaitable[list[int]]]
    ) -> frozenset[int]:
        """Return an asker's accounts as they were at most ``for_s`` ago."""
        asked_at_s, known = self._known.get(asker, (float("-inf"), frozenset[int]()))
        if self._monotonic_s() - asked_at_s < for_s:
            return known
        asked_at_s = self._monotonic_s()
        known = frozenset(await ask())
        self._known[asker] = (asked_at_s, known)
        self._known.move_to_end(asker)
        if len(self._known) > ASKERS_KNOWN_MAX:
            self._known.popitem(last=False)
        return known

    def forget(self, user_id: int) -> None:
        """Ask anew at the next choice: an account was made here."""
        self._known.pop(user_id, None)


def no_such_account() -> ApiError:
    """Return the answer for an account that is not there, or not the asker's: always the same."""
    return ApiError(404, "NOT_FOUND", "no such account")
