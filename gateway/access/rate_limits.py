"""Named limits on requests, per address (of IPv6: per /64), account and API key, heavier ones
counting as several.
Past one: 429 with its name and when it opens.
"""

import math
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from gateway.errors import ApiError
from service.client_addresses import limited_as

COUNTERS_MAX: Final = 100_000
"""Counters kept at once; past it the one that was opened first is forgotten."""
SOCKET_RETRY_S: Final = 5


class BoundedMemory(Storage):
    """Counters in memory, without a thread of its own: expired ones go as new ones come."""

    STORAGE_SCHEME = ["bounded-memory"]

    def __init__(self, counters_max: int = COUNTERS_MAX) -> None:
        super().__init__()
        self._counters_max = counters_max
        self._counters: OrderedDict[str, tuple[int, float]] = OrderedDict()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the library may treat as a failing storage."""
        return MemoryError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count ``amount`` more in the window of ``expiry`` seconds; return the count."""
        now_s = time.time()
        count, ends_s = self._counters.get(key, (0, 0.0))
        if ends_s <= now_s:
            self._counters.pop(key, None)
            self._make_room(now_s)
            count, ends_s = 0, now_s + expiry
        self._counters[key] = (count + amount, ends_s)
        return count + amount

    def get(self, key: str) -> int:
        """Return the count of the window."""
        count, ends_s = self._counters.get(key, (0, 0.0))
        return count if ends_s > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """Return when the window ends, Unix seconds."""
        return max(self._counters.get(key, (0, 0.0))[1], time.time())

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forget every counter; return how many there were."""
        count = len(self._counters)
        self._counters.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget one counter."""
        self._counters.pop(key, None)

    def _make_room(self, now_s: float) -> None:
        """Drop two expired counters from the oldest on, or the oldest when there is no room."""
        for _ in range(2):
            if not self._counters:
                return
            oldest = next(iter(self._counters))
            full = len(self._counters) >= self._counters_max
            if self._counters[oldest][1] > now_s and not full:
                return
            del self._counters[oldest]


class RateLimits:
    """Each limit is text such as ``"60/minute"``."""

    def __init__(
        self,
        *,
        requests_per_ip: str,
        credentials_per_ip: str,
        orders_per_account: str,
        sockets_per_ip: str,
        requests_per_account: str = "5000/second",
        requests_per_key: str = "5000/second",
        sockets_open_per_ip: int = 1_000,
    ) -> None:
        self._limiter = FixedWindowRateLimiter(BoundedMemory())
        self._requests_per_ip = parse(requests_per_ip)
        self._credentials_per_ip = parse(credentials_per_ip)
        self._orders_per_account = parse(orders_per_account)
        self._sockets_per_ip = parse(sockets_per_ip)
        self._requests_per_account = parse(requests_per_account)
        self._requests_per_key = parse(requests_per_key)
        self._sockets_open_per_ip = sockets_open_per_ip
        self._open_sockets: Counter[str] = Counter()

    def request(self, ip: str, weight: int = 1) -> None:
        """Count a request, REST or WebSocket, as so many. Raises ApiError 429, as the others do."""
        self._hit("requests_per_ip", self._requests_per_ip, limited_as(ip), weight)

    def caller(self, account_id: int, api_key: str | None, weight: int = 1) -> None:
        """Count a request of a known sender as so many."""
        self._hit("requests_per_account", self._requests_per_account, str(account_id), weight)
        if api_key is not None:
            self._hit("requests_per_key", self._requests_per_key, api_key, weight)

    def credentials(self, ip: str) -> None:
        """Count an attempt with a password or refresh token."""
        self._hit("credentials_per_ip", self._credentials_per_ip, limited_as(ip))

    def order(self, account_id: int) -> None:
        """Count a new or replaced order; cancels are exempt, so that risk can always go down."""
        self._hit("orders_per_account", self._orders_per_account, str(account_id))

    def socket(self, ip: str) -> None:
        """Count a WebSocket being opened."""
        ip = limited_as(ip)
        self._hit("sockets_per_ip", self._sockets_per_ip, ip)
        if self._open_sockets[ip] >= self._sockets_open_per_ip:
            raise ApiError(
                429,
                "RATE_LIMIT",
                f"an address has at most {self._sockets_open_per_ip} WebSockets open: close one",
                details={"limit": "sockets_open_per_ip"},
                retry_after_s=SOCKET_RETRY_S,
            )

    @contextmanager
    def open_socket(self, ip: str) -> Iterator[None]:
        """Count a WebSocket as open for the length of the block."""
        ip = limited_as(ip)
        self._open_sockets[ip] += 1
        try:
            yield
        finally:
            self._open_sockets[ip] -= 1
            if not self._open_sockets[ip]:
                del self._open_sockets[ip]

    def _hit(self, name: str, limit: RateLimitItem, who: str, weight: int = 1) -> None:
        if self._limiter.hit(limit, name, who, cost=weight):
            return
        opens_s = self._limiter.get_window_stats(limit, name, who).reset_time
        raise ApiError(
            429,
            "RATE_LIMIT",
            f"the limit {name} of {limit} is reached: wait as long as Retry-After says",
            details={"limit": name},
            retry_after_s=max(1, math.ceil(opens_s - time.time())),
        )
