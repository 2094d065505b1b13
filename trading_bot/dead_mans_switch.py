"""Has the exchange cancel our quotes when it no longer hears of us: killed, frozen, or cut off."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from client.errors import OrderFateUnknown, Refused

TIMEOUT_MS: Final = 1_700
"""A bot that is gone has no order left two seconds later."""
RENEW_EVERY_S: Final = 0.35
"""Often enough that lost or slow renewals, a second of them, cancel nothing."""


class Requests(Protocol):
    """A connection, as the switch needs it."""

    async def request(self, op: str, **fields: object) -> object:
        """Return the answer; raise Refused, OrderFateUnknown or Unreachable."""
        ...


class DeadMansSwitch:
    """The switch of one account. Whoever trades on the account renews it, each for all: it fires
    once nobody has for ``TIMEOUT_MS``.
    """

    def __init__(self, requests: Requests, on_refused: Callable[[Refused], None]) -> None:
        self._requests = requests
        self._on_refused = on_refused

    async def renew(self) -> None:
        """Ask for another ``TIMEOUT_MS``. To be refused it once is no reason to stop trading.

        Raises:
            Unreachable: the connection is gone.
        """
        try:
            await self._requests.request("cancel_all_after", timeout_ms=TIMEOUT_MS)
        except Refused as refused:
            self._on_refused(refused)
        except OrderFateUnknown:
            return  # if it was lost, the next one comes in time

    async def hold(self) -> None:
        """Renew for as long as the connection lives.

        Raises:
            Unreachable: the connection is gone.
        """
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            await self.renew()

    async def release(self) -> None:
        """Let go: whoever else trades on the account renews for itself.

        Raises:
            Unreachable: the connection is gone.
        """
        try:
            await self._requests.request("cancel_all_after", timeout_ms=0)
        except Refused as refused:
            self._on_refused(refused)
        except OrderFateUnknown:
            return  # then it fires, and finds nothing of ours
