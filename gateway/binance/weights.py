"""What each request costs, and how much an address or an account has used up."""

import math
import time
from typing import Final

from limits import RateLimitItemPerDay, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.strategies import FixedWindowRateLimiter

from gateway.access.rate_limits import BoundedMemory
from gateway.binance.errors import BinanceError

WEIGHT_PER_MINUTE: Final = 6_000
ORDERS_PER_10_S: Final = 100
ORDERS_PER_DAY: Final = 200_000


class Weights:
    """Counts weight by address and orders by account, each in fixed windows."""

    def __init__(
        self,
        *,
        weight_per_minute: int = WEIGHT_PER_MINUTE,
        orders_per_10_s: int = ORDERS_PER_10_S,
        orders_per_day: int = ORDERS_PER_DAY,
    ) -> None:
        self.weight_per_minute = weight_per_minute
        self.orders_per_10_s = orders_per_10_s
        self.orders_per_day = orders_per_day
        self._limiter = FixedWindowRateLimiter(BoundedMemory())
        self._weight = RateLimitItemPerMinute(weight_per_minute)
        self._insistence = RateLimitItemPerMinute(weight_per_minute)
        self._short = RateLimitItemPerSecond(orders_per_10_s, 10)
        self._day = RateLimitItemPerDay(orders_per_day)

    def weigh(self, ip: str, weight: int) -> None:
        """Count a request.

        Raises:
            BinanceError: -1003, the address has used up this minute's weight; 418 instead of 429
                once it has gone on as if nothing were.
        """
        if self._limiter.hit(self._weight, "binance_weight", ip, cost=weight):
            return
        opens_s = self._limiter.get_window_stats(self._weight, "binance_weight", ip).reset_time
        # Refused requests count on, under a limit of their own.
        if not self._limiter.hit(self._insistence, "binance_refused", ip, cost=weight):
            until_ms = int(opens_s * 1_000)
            text = f"Way too much request weight used; IP banned until {until_ms}."
            raise BinanceError(418, -1003, text, retry_after_s=_seconds(opens_s))
        text = (
            f"Too many requests; current limit of IP({ip}) is {self.weight_per_minute} "
            "requests per minute. Please use the websocket for live updates."
        )
        raise BinanceError(429, -1003, text, retry_after_s=_seconds(opens_s))

    def order(self, account_id: int) -> None:
        """Count a new order.

        Raises:
            BinanceError: -1015, the account has entered as many as it may.
        """
        for item, name, period in (
            (self._short, "binance_10s", "10 SECONDS"),
            (self._day, "binance_day", "DAY"),
        ):
            if not self._limiter.hit(item, name, str(account_id)):
                stats = self._limiter.get_window_stats(item, name, str(account_id))
                text = f"Too many new orders; current limit is {item.amount} orders per {period}."
                raise BinanceError(429, -1015, text, retry_after_s=_seconds(stats.reset_time))

    def weight_used(self, ip: str) -> int:
        """Return the weight an address has used in this minute."""
        stats = self._limiter.get_window_stats(self._weight, "binance_weight", ip)
        return self.weight_per_minute - stats.remaining

    def orders_used(self, account_id: int) -> tuple[int, int]:
        """Return how many orders an account has entered in these 10 seconds and this day."""
        short = self._limiter.get_window_stats(self._short, "binance_10s", str(account_id))
        day = self._limiter.get_window_stats(self._day, "binance_day", str(account_id))
        return self.orders_per_10_s - short.remaining, self.orders_per_day - day.remaining


def rate_limits(weights: Weights) -> list[dict[str, str | int]]:
    """Present the limits as exchangeInfo lists them."""
    return [
        _limit("REQUEST_WEIGHT", "MINUTE", 1, weights.weight_per_minute),
        _limit("ORDERS", "SECOND", 10, weights.orders_per_10_s),
        _limit("ORDERS", "DAY", 1, weights.orders_per_day),
    ]


def _limit(kind: str, interval: str, count: int, limit: int) -> dict[str, str | int]:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": count, "limit": limit}


def _seconds(opens_s: float) -> int:
    return max(1, math.ceil(opens_s - time.time()))
