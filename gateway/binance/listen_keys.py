"""The keys under which a user stream is read without a signature. They live for an hour after the
last call that kept them.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.access.auth import Principal
from gateway.binance.errors import BinanceError

VALID_S: Final = 3_600.0
KEYS_MAX: Final = 10_000
_KEY_BYTES: Final = 32


@dataclass(slots=True)
class _Key:
    principal: Principal
    expires_s: float


class ListenKeys:
    """At most one key an account. Not ``offered``: this way of listening is switched off."""

    def __init__(self, monotonic_s: Callable[[], float], *, offered: bool = True) -> None:
        self._monotonic_s = monotonic_s
        self._offered = offered
        self._keys: dict[str, _Key] = {}
        self._by_account: dict[int, str] = {}

    def start(self, principal: Principal) -> str:
        """Return the account's key, valid from now on for an hour.

        Raises:
            BinanceError: 410, or there are too many keys.
        """
        self._check_offered()
        listen_key = self._by_account.get(principal.account_id)
        if listen_key is None:
            self.forget_expired()
            if len(self._keys) >= KEYS_MAX:
                raise BinanceError(503, -1008, "Too many listen keys; try again later.")
            listen_key = secrets.token_hex(_KEY_BYTES)
            self._by_account[principal.account_id] = listen_key
        self._keys[listen_key] = _Key(principal, self._monotonic_s() + VALID_S)
        return listen_key

    def keep(self, listen_key: str, account_id: int) -> None:
        """Make a key last for an hour more.

        Raises:
            BinanceError: 410, or -1125: the account has no such key.
        """
        self._owned(listen_key, account_id).expires_s = self._monotonic_s() + VALID_S

    def stop(self, listen_key: str, account_id: int) -> None:
        """End a key.

        Raises:
            BinanceError: 410, or -1125: the account has no such key.
        """
        self._owned(listen_key, account_id)
        self._forget(listen_key)

    def owner(self, listen_key: str) -> Principal | None:
        """Return whose stream a key reads, None if it is not valid."""
        key = self._keys.get(listen_key)
        if key is None or key.expires_s <= self._monotonic_s():
            return None
        return key.principal

    def forget_expired(self) -> None:
        """Forget the keys that nobody kept."""
        now_s = self._monotonic_s()
        for listen_key in [name for name, key in self._keys.items() if key.expires_s <= now_s]:
            self._forget(listen_key)

    def _owned(self, listen_key: str, account_id: int) -> _Key:
        self._check_offered()
        key = self._keys.get(listen_key)
        if key is None or key.principal.account_id != account_id:
            raise BinanceError(400, -1125, "This listenKey does not exist.")
        return key

    def _forget(self, listen_key: str) -> None:
        key = self._keys.pop(listen_key)
        self._by_account.pop(key.principal.account_id, None)

    def _check_offered(self) -> None:
        if not self._offered:
            text = "Listen keys are not offered: subscribe to the user stream over the WS-API."
            raise BinanceError(410, -1000, text)
