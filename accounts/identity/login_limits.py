"""How often something may be tried: by e-mail (or user) and by address, in a sliding window."""

from collections import OrderedDict, deque
from typing import Final

from accounts.errors import Refusal, RefusalCode
from domain.units import NS_PER_S
from service.client_addresses import limited_as

FAILURES_PER_EMAIL_MAX: Final = 10
FAILURES_PER_IP_MAX: Final = 50
WINDOW_S: Final = 300
KEYS_MAX: Final = 100_000
"""E-mails and addresses remembered; past it the longest idle one is forgotten."""


class LoginLimits:
    """Counts attempts as failures until told that one succeeded; a race cannot gain attempts."""

    def __init__(
        self,
        per_email_max: int = FAILURES_PER_EMAIL_MAX,
        per_ip_max: int = FAILURES_PER_IP_MAX,
        window_s: int = WINDOW_S,
        what: str = "failed logins",
    ) -> None:
        self._tried: OrderedDict[tuple[str, str], deque[int]] = OrderedDict()
        self._per_email_max = per_email_max
        self._per_ip_max = per_ip_max
        self._window_ns = window_s * NS_PER_S
        self._what = what

    def attempt(self, email: str, ip: str, now_ns: int) -> None:
        """Count an attempt.

        Raises:
            Refusal: TOO_MANY_ATTEMPTS, with the time until one is free again.
        """
        subscriber = ("ip", limited_as(ip))
        limits = ((("email", email), self._per_email_max), (subscriber, self._per_ip_max))
        for key, failures_max in limits:
            tried = self._recent(key, now_ns)
            if len(tried) >= failures_max:
                wait_ns = tried[0] + self._window_ns - now_ns
                raise Refusal(
                    RefusalCode.TOO_MANY_ATTEMPTS,
                    f"too many {self._what}: wait and try again",
                    1 + wait_ns // NS_PER_S,
                )
        for key, _ in limits:
            self._recent(key, now_ns).append(now_ns)

    def succeeded(self, email: str, ip: str) -> None:
        """Take the last attempt back from the address, and forget those on the e-mail."""
        self._tried.pop(("email", email), None)
        tried = self._tried.get(("ip", limited_as(ip)))
        if tried:
            tried.pop()

    def _recent(self, key: tuple[str, str], now_ns: int) -> deque[int]:
        tried = self._tried.setdefault(key, deque())
        self._tried.move_to_end(key)
        while tried and tried[0] <= now_ns - self._window_ns:
            tried.popleft()
        if len(self._tried) > KEYS_MAX:
            self._tried.popitem(last=False)
        return tried
