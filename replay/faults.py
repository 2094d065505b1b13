"""What a bad network does to datagrams: seeded, counted and bounded. Pure: no socket, no clock."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Final

from replay.errors import BadFaults

RATE_MAX: Final = 0.3
"""Past it a client gives up more often than it gets on."""
OVERTAKEN_MAX: Final = 8
"""A datagram that is reordered is overtaken by at most so many others."""
DELAY_MS_MAX: Final = 200
"""A datagram that is delayed arrives by so much later at most, whatever comes meanwhile."""
_TYPE_AT: Final = 5  # of a datagram: its message type


@dataclass(frozen=True, kw_only=True)
class FaultRates:
    """Which share of the datagrams of each direction is lost, sent twice, overtaken by others, or
    delayed. ``cut``: nothing arrives.

    Raises:
        BadFaults: a rate is not between 0 and ``RATE_MAX``.
    """

    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0
    cut: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("loss", "duplicate", "reorder", "delay"):
            if not 0 <= getattr(self, name) <= RATE_MAX:
                raise BadFaults(f"--{name} is from 0 to {RATE_MAX}, not {getattr(self, name)}")

    @property
    def any(self) -> bool:
        """Whether there is any fault at all."""
        return bool(self.loss or self.duplicate or self.reorder or self.delay or self.cut)


@dataclass
class FaultCounts:
    """What was done to the datagrams of one direction."""

    lost: int = 0
    duplicated: int = 0
    reordered: int = 0
    delayed: int = 0
    seen: Counter[int] = field(default_factory=Counter)
    """Datagrams that came, by message type."""


class FaultyDirection:
    """One direction of one client's path. The same seed does the same to the same datagrams."""

    def __init__(self, rates: FaultRates, counts: FaultCounts, stream: str) -> None:
        self.rates = rates
        """May change at any time."""
        self._counts = counts
        self._random = Random(f"{rates.seed} {stream}")
        self._passed = 0
        self._held: list[tuple[int, bytes]] = []

    def pass_on(self, datagram: bytes) -> list[bytes]:
        """Return what arrives now that ``datagram`` was sent, in order."""
        self._passed += 1
        self._counts.seen[datagram[_TYPE_AT] if len(datagram) > _TYPE_AT else 0] += 1
        if self.rates.cut or self._drawn(self.rates.loss):
            self._counts.lost += 1
            return self._overtaken()
        arriving: list[bytes] = []
        if self._drawn(self.rates.reorder):
            self._counts.reordered += 1
            self._hold(datagram)
        else:
            arriving = [datagram]
        arriving += self._overtaken()
        if self._drawn(self.rates.duplicate):
            self._counts.duplicated += 1
            if self._drawn(0.5):
                self._hold(datagram)
            else:
                arriving.append(datagram)
        return arriving

    def delay_ms(self) -> int:
        """Return by how much later the next arrival reaches its end; 0: at once."""
        if not self.rates.delay or not self._drawn(self.rates.delay):
            return 0
        self._counts.delayed += 1
        return self._random.randrange(1, DELAY_MS_MAX + 1)

    @property
    def holds(self) -> bool:
        """Whether a delayed datagram waits to be overtaken."""
        return bool(self._held)

    def release(self) -> list[bytes]:
        """Return what is still held: nothing came that could overtake it."""
        held, self._held = self._held, []
        return [datagram for _, datagram in held]

    def _drawn(self, rate: float) -> bool:
        return self._random.random() < rate

    def _hold(self, datagram: bytes) -> None:
        self._held.append((self._passed + 1 + self._random.randrange(OVERTAKEN_MAX), datagram))

    def _overtaken(self) -> list[bytes]:
        """Return those held that enough others have overtaken."""
        if not self._held:
            return []
        arriving = [datagram for until, datagram in self._held if until <= self._passed]
        self._held = [entry for entry in self._held if entry[0] > self._passed]
        return arriving
