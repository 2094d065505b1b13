"""How long an answer takes, and so how long to wait before sending again. Pure.

Smoothed round trip and variation as in RFC 6298 (section 2), in whole nanoseconds; the wait doubles
with each try until an answer comes.
"""

from typing import Final

RTO_START_NS: Final = 5_000_000
"""The first wait, and the least."""
RTO_MAX_NS: Final = 200_000_000
_GRANULE_NS: Final = 1_000_000


class RetransmissionTimer:
    """The wait before the oldest unanswered datagram is sent again."""

    def __init__(self) -> None:
        self._smoothed_ns = 0
        self._variation_ns = 0
        self._rto_ns = RTO_START_NS
        self._doublings = 0

    @property
    def wait_ns(self) -> int:
        """How long to wait now."""
        return min(self._rto_ns << self._doublings, RTO_MAX_NS)

    def answered(self, round_trip_ns: int | None) -> None:
        """Note an answer; None when it cannot be told which of several sendings it answers."""
        self._doublings = 0
        if round_trip_ns is None:
            return
        if not self._smoothed_ns:
            self._smoothed_ns = round_trip_ns
            self._variation_ns = round_trip_ns // 2
        else:
            deviation_ns = abs(round_trip_ns - self._smoothed_ns)
            self._variation_ns += (deviation_ns - self._variation_ns) // 4
            self._smoothed_ns += (round_trip_ns - self._smoothed_ns) // 8
        wait_ns = self._smoothed_ns + max(_GRANULE_NS, 4 * self._variation_ns)
        self._rto_ns = max(RTO_START_NS, min(wait_ns, RTO_MAX_NS))

    def sent_again(self) -> None:
        """Note that the wait passed without an answer."""
        if self._rto_ns << self._doublings < RTO_MAX_NS:
            self._doublings += 1
