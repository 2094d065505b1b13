"""What the gateway and accounts tell each other of credentials in use: which sessions were revoked,
which API keys were used.
"""

import asyncio
from collections import OrderedDict
from typing import Final, Protocol

from gateway.calls.identity_rows import RevokedRow
from gateway.errors import ApiError

ASK_EVERY_S: Final = 1.0
"""A revoked session's access token is good for this much longer, and the time of two calls."""
TOLD_EVERY_S: Final = 10.0
OVERLAP_NS: Final = 10 * 10**9
"""Asked for again each time: a revocation may be committed after a later one was seen."""
REVOKED_MAX: Final = 100_000
"""Remembered, of which a token may be shown for a quarter of an hour; past it the oldest go."""
USED_MAX: Final = 10_000
USED_AT_ONCE_MAX: Final = 100


class RevokedSessions:
    """The sessions whose tokens are not good any more, though they have not expired."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, session_id: str | None) -> bool:
        return session_id in self._ids

    def add(self, session_ids: list[str]) -> None:
        """Remember more of them."""
        for session_id in session_ids:
            self._ids[session_id] = None
        while len(self._ids) > REVOKED_MAX:
            self._ids.popitem(last=False)


class KeyUse:
    """When each key was used last, until accounts has been told."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def note(self, api_key: str, now_ns: int) -> None:
        """Note that a key proved itself."""
        if api_key in self._used or len(self._used) < USED_MAX:
            self._used[api_key] = now_ns

    def take(self) -> dict[str, int]:
        """Return some of what was noted, which is then forgotten here."""
        names = list(self._used)[:USED_AT_ONCE_MAX]
        return {name: self._used.pop(name) for name in names}


class CredentialSource(Protocol):
    """Accounts, as this news needs it."""

    async def revoked_sessions(self, since_ns: int) -> RevokedRow:
        """Return the sessions revoked since then."""
        ...

    async def note_key_use(self, used: dict[str, int]) -> None:
        """Take note of when keys were used."""
        ...


async def follow_revocations(source: CredentialSource, revoked: RevokedSessions) -> None:
    """Keep ``revoked`` told until cancelled; while accounts is away nothing can be revoked."""
    since_ns = 0
    while True:
        try:
            news = await source.revoked_sessions(since_ns)
        except ApiError:
            await asyncio.sleep(ASK_EVERY_S)
            continue
        revoked.add(news.session_ids)
        since_ns = max(0, news.now_ns - OVERLAP_NS)
        await asyncio.sleep(ASK_EVERY_S)


async def tell_key_use(source: CredentialSource, use: KeyUse) -> None:
    """Tell accounts which keys were used until cancelled; what it does not hear is lost."""
    while True:
        await asyncio.sleep(TOLD_EVERY_S)
        while used := use.take():
            try:
                await source.note_key_use(used)
            except ApiError:
                break
