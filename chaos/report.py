"""What a run came to, for people and for programs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from chaos.faults import FaultKind

SHOWN_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Recovery:
    """How long a process took from a kill until it served again, in milliseconds."""

    kills: int
    p50_ms: int
    max_ms: int

    @classmethod
    def of(cls, took_s: Sequence[float]) -> "Recovery":
        """Return what these times come to; there is at least one."""
        ordered_ms = sorted(round(1_000 * one) for one in took_s)
        return cls(len(ordered_ms), ordered_ms[len(ordered_ms) // 2], ordered_ms[-1])


@dataclass(slots=True)
class Report:
    """``violations``: everything that may not be. ``faults``: how many of each kind, by process.
    ``datagrams``: what the network did to them. ``unanswered``: tries after which a client did not
    know, and tried again. ``surprises``: answers no client can understand.
    """

    seed: int
    elapsed_s: float = 0.0
    orders: int = 0
    acknowledged: int = 0
    refused: int = 0
    unanswered: int = 0
    fills: int = 0
    orders_per_s: float = 0.0
    faults: dict[str, dict[str, int]] = field(default_factory=dict)
    recoveries: dict[str, Recovery] = field(default_factory=dict)
    datagrams: dict[str, int] = field(default_factory=dict)
    surprises: dict[str, int] = field(default_factory=dict)
    audit: str = ""
    violations: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the exchange held."""
        return not self.violations

    @property
    def fault_count(self) -> int:
        """Faults of all kinds."""
        return sum(count for kinds in self.faults.values() for count in kinds.values())

    def count_faults(self, counts: Mapping[tuple[str, FaultKind], int]) -> None:
        """Take over how often what was done to which process."""
        for (process, kind), count in sorted(counts.items()):
            self.faults.setdefault(process, {})[str(kind)] = count

    def count_surprises(self, counts: Mapping[str, int]) -> None:
        """Add what one client could not understand."""
        for text, count in counts.items():
            self.surprises[text] = self.surprises.get(text, 0) + count

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {"ok": self.ok, "fault_count": self.fault_count} | asdict(self)

    def as_text(self) -> str:
        """Return it for people."""
        lines = [
            f"Chaos, seed {self.seed}: {self.fault_count} faults in {self.elapsed_s:,.0f} s",
            f"  orders      {self.orders:,} asked for, {self.acknowledged:,} acknowledged, "
            f"{self.refused:,} refused; {self.orders_per_s:,.0f} answered per second",
            f"  unanswered  {self.unanswered:,} tries that told nothing, and were made again",
            f"  fills       {self.fills:,} trades",
            f"  datagrams   {_listed(self.datagrams)}",
        ]
        for process, kinds in self.faults.items():
            lines.append(f"  {process.ljust(12)}{sum(kinds.values())}: {_listed(kinds)}")
        lines.append("  killed, until it served again, in ms (median, longest):")
        lines += [
            f"    {process.ljust(12)}{one.p50_ms:>8,}{one.max_ms:>8,}   {one.kills} times"
            for process, one in self.recoveries.items()
        ]
        lines += [f"  NOT UNDERSTOOD {n} times: {text}" for text, n in self.surprises.items()]
        lines += [self.audit, ""]
        lines += [f"VIOLATION {one}" for one in self.violations[:SHOWN_MAX]]
        if len(self.violations) > SHOWN_MAX:
            lines.append(f"… and {len(self.violations) - SHOWN_MAX} more")
        lines.append(
            "Nothing was lost, doubled or made up."
            if self.ok
            else f"{len(self.violations)} VIOLATIONS. The same seed does the same again."
        )
        return "\n".join(lines)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in Counter(counts).items())
