"""What happens to the exchange, and when: drawn from a seed. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from random import Random
from typing import Any, Final

from replay.faults import FaultRates

NETWORK: Final = "network"
"""Stands for the datagrams between the engine and all others where a process is named."""
PAUSE_S: Final = (0.05, 4.0)
"""Shorter than the kernel's patience with a connection, longer than any deadline of a request."""
WEATHER_S: Final = (1.0, 5.0)
CUT_S: Final = (0.2, 3.0)
INTERVAL_SPREAD: Final = 0.5
"""Between two faults passes the interval, give or take so much of it: they may overlap."""


class FaultKind(StrEnum):
    """What may be done."""

    KILL = "kill -9"
    PAUSE = "SIGSTOP"
    IMMEDIATE_STOP = "immediate stop"
    LOSS = "loss"
    DUPLICATION = "duplication"
    REORDER = "reorder"
    DELAY = "delay"
    STORM = "loss, duplication, reorder and delay"
    CUT = "nothing passes"
    CUT_TO_ENGINE = "nothing passes to the engine"
    CUT_FROM_ENGINE = "nothing passes from the engine"

    @property
    def ends(self) -> bool:
        """Whether the process ends by it."""
        return self in (FaultKind.KILL, FaultKind.IMMEDIATE_STOP)


@dataclass(frozen=True, slots=True)
class Fault:
    """One of them. ``lasts_s`` 0: it is done at once. ``rates``: of the network's two directions,
    to the engine and from it.
    """

    after_s: float
    process: str
    kind: FaultKind
    lasts_s: float = 0.0
    rates: tuple[FaultRates, FaultRates] | None = None

    def __str__(self) -> str:
        lasting = f" for {self.lasts_s:.1f} s" if self.lasts_s else ""
        return f"{self.process}: {self.kind}{lasting}"


def faults(
    seed: int, interval_s: float, killed: Sequence[str], stopped_at_once: str
) -> Iterator[Fault]:
    """Yield faults without end. In every round each of ``killed`` is killed once and paused once,
    ``stopped_at_once`` too but with a stop of its own, and the network has each of its weathers
    once, in an order of the round's own.
    """
    random = Random(f"{seed} faults")
    whats = [(process, kind) for process in killed for kind in (FaultKind.KILL, FaultKind.PAUSE)]
    whats += [(stopped_at_once, FaultKind.IMMEDIATE_STOP), (stopped_at_once, FaultKind.PAUSE)]
    whats += [(NETWORK, kind) for kind in _WEATHERS]
    for number in count():
        for process, kind in random.sample(whats, len(whats)):
            after_s = interval_s * random.uniform(1 - INTERVAL_SPREAD, 1 + INTERVAL_SPREAD)
            if process == NETWORK:
                yield _weather(random, after_s, kind, seed + number)
            else:
                lasts_s = random.uniform(*PAUSE_S) if kind is FaultKind.PAUSE else 0.0
                yield Fault(after_s, process, kind, lasts_s)


_WEATHERS: Final = {
    FaultKind.LOSS: ("loss",),
    FaultKind.DUPLICATION: ("duplicate",),
    FaultKind.REORDER: ("reorder",),
    FaultKind.DELAY: ("delay",),
    FaultKind.STORM: ("loss", "duplicate", "reorder", "delay"),
    FaultKind.CUT: (),
    FaultKind.CUT_TO_ENGINE: (),
    FaultKind.CUT_FROM_ENGINE: (),
}
RATE: Final = (0.02, 0.3)


def _weather(random: Random, after_s: float, kind: FaultKind, seed: int) -> Fault:
    if shares := _WEATHERS[kind]:
        up, down = (_rates(random, shares, seed) for _ in range(2))
        return Fault(after_s, NETWORK, kind, random.uniform(*WEATHER_S), (up, down))
    rates = (
        FaultRates(cut=kind is not FaultKind.CUT_FROM_ENGINE),
        FaultRates(cut=kind is not FaultKind.CUT_TO_ENGINE),
    )
    return Fault(after_s, NETWORK, kind, random.uniform(*CUT_S), rates)


def _rates(random: Random, shares: Iterable[str], seed: int) -> FaultRates:
    drawn: dict[str, Any] = {share: random.uniform(*RATE) for share in shares}
    return FaultRates(**drawn, seed=seed)
