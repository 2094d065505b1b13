"""Passwords: argon2id in a bounded pool of threads, so that logins cannot starve settlement."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from accounts.errors import Refusal, RefusalCode

PASSWORD_CHARS_MIN: Final = 8
PASSWORD_CHARS_MAX: Final = 128
HASH_THREADS: Final = 2
HASHES_WAITING_MAX: Final = 64
"""Hashes running and waiting; past it a login is answered 503 at once."""
RETRY_AFTER_S: Final = 1

# OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, 2 passes, 1 lane.
_MEMORY_KIB: Final = 19_456
_PASSES: Final = 2
_LANES: Final = 1

Result = TypeVar("Result")


def checked_password(password: str) -> str:
    """Return a password that may be chosen.

    Raises:
        Refusal: INVALID_REQUEST.
    """
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        raise Refusal(
            RefusalCode.INVALID_REQUEST,
            f"password: {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters",
        )
    return password


class Passwords:
    """Hashes and verifies passwords. A check takes as long for an unknown user as for a known."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(
            time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES
        )
        self._threads = ThreadPoolExecutor(HASH_THREADS, thread_name_prefix="argon2")
        self._waiting = 0
        self._dummy_hash = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """Return the hash to store.

        Raises:
            Refusal: BUSY.
        """
        return await self._in_thread(lambda: self._hasher.hash(password))

    async def matches(self, password: str, stored_hash: str | None) -> bool:
        """Whether ``password`` belongs to ``stored_hash``; None (an unknown user) takes as long.

        Raises:
            Refusal: BUSY.
        """
        is_right = await self._in_thread(
            lambda: self._verify(password, stored_hash or self._dummy_hash)
        )
        return is_right and stored_hash is not None

    def is_outdated(self, stored_hash: str) -> bool:
        """Whether ``stored_hash`` was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(stored_hash)

    def _verify(self, password: str, stored_hash: str) -> bool:
        try:
            return self._hasher.verify(stored_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        if self._waiting >= HASHES_WAITING_MAX:
            raise Refusal(RefusalCode.BUSY, "too many logins at once", RETRY_AFTER_S)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
