"""What one seed means: how network, disk, machines and traders behave in its run."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from random import Random
from typing import Any, Final

FOCUSES: Final[dict[str, dict[str, Any]]] = {
    "": {},
    "disk": {"engine_power_cuts": 3, "misdirected": True, "disk_losses": 0, "snapshots": 0},
    "snapshots": {"snapshots": 2, "engine_kills": 2, "disk_losses": 0},
    "syncs": {"sync_errors": 2, "engine_power_cuts": 3, "snapshots": 0},
    "auctions": {"auctions": 3},
    "withdrawals": {"withdrawals": 6, "moves": 4, "snapshots": 2, "engine_kills": 2},
    "database": {"database_breaks": 0.03, "database_unsaid": 0.2, "second_settlers": 1},
}
"""Options that a hunt for one kind of bug has in every seed."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """Of one run. Shares are 0 to 1; counts are of the whole faulty phase."""

    seed: int
    traders: int
    operations: int
    """Of each trader."""
    faulty_s: float
    loss: float
    duplicate: float
    damage: float
    late: float
    late_s: float
    replay: float
    delay_s: float
    partitions: int
    pauses: int
    engine_kills: int
    engine_power_cuts: int
    engine_stops: int
    gateway_kills: int
    accounts_kills: int
    sync_errors: int
    full_disks: int
    disk_losses: int
    misdirected: bool
    clock_jumps: int
    snapshots: int
    database_breaks: float
    database_unsaid: float
    database_stops: int
    second_settlers: int
    slow_answers: float
    """Share of a trader's requests or answers that never arrive."""
    auctions: int
    leading: str
    """The twin of the core that decides; the other one follows if this is the reference, as it is
    in a quarter of the seeds.
    """
    newer_client: bool
    """One gateway speaks a later minor version as well."""
    naive: bool
    """Whether the naive matcher lives through the log at the end."""
    withdrawals: int
    moves: int
    """Of money, between the accounts of one owner."""

    @classmethod
    def of(cls, seed: int, *, reference_only: bool = False, focus: str = "") -> Options:
        """Return the options of a seed; ``focus``, one of FOCUSES, has more happen of one kind."""
        draw = Random(f"options {seed}")
        calm = draw.randrange(20) == 0

        def some(most: int, share: float = 0.5) -> int:
            return draw.randrange(1, most + 1) if not calm and draw.random() < share else 0

        def part(most: float, share: float = 0.6) -> float:
            return draw.random() * most if not calm and draw.random() < share else 0.0

        reference = draw.random() < 0.25
        options = cls(
            seed=seed,
            traders=draw.randrange(2, 4),
            operations=draw.randrange(8, 19),
            faulty_s=4.0 + draw.random() * 9.0,
            loss=part(0.4),
            duplicate=part(0.5, 0.5),
            damage=part(0.05, 0.5),
            late=part(0.5, 0.5),
            late_s=0.005 + draw.random() * 0.055,
            replay=part(0.1, 0.3),
            delay_s=draw.choice((0.0001, 0.0005, 0.003)),
            partitions=some(4),
            pauses=some(3),
            engine_kills=some(3, 0.6),
            engine_power_cuts=some(3, 0.6),
            engine_stops=some(1, 0.2),
            gateway_kills=some(3),
            accounts_kills=some(3),
            sync_errors=some(2, 0.2),
            full_disks=some(1, 0.15),
            disk_losses=some(1, 0.1),
            misdirected=bool(some(1, 0.1)),
            clock_jumps=some(2, 0.2),
            snapshots=some(2, 0.3),
            database_breaks=part(0.03, 0.4),
            database_unsaid=part(0.2, 0.4),
            database_stops=some(2, 0.3),
            second_settlers=some(1, 0.2),
            slow_answers=part(0.3),
            auctions=some(2, 0.3),
            leading="reference" if reference or reference_only else "compiled",
            newer_client=draw.random() < 0.2,
            naive=draw.random() < 0.15,
            withdrawals=draw.randrange(6),
            moves=draw.randrange(4),
        )
        return replace(options, **FOCUSES[focus])

    def __str__(self) -> str:
        shown = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value or field.name == "seed":
                text = f"{value:.4g}" if isinstance(value, float) else str(value)
                shown.append(f"{field.name}={text}")
        return " ".join(shown)
