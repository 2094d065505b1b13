"""What an audit compared and found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SHOWN_MAX = 20  # differences of one kind that are named


@dataclass(slots=True)
class AuditReport:
    """What was compared (``checks``: name, what was found) and every difference found."""

    cursor: int = 0
    withdrawals_stopped: bool = False
    checks: list[tuple[str, str]] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every unit is accounted for."""
        return not self.differences

    def check(self, name: str, found: str, differences: Iterable[str]) -> None:
        """Note a comparison and what differed in it."""
        wrong = list(differences)
        self.checks.append((name, f"{len(wrong)} DIFFERENCES" if wrong else found))
        self.differences += [f"{name}: {one}" for one in wrong[:SHOWN_MAX]]
        if len(wrong) > SHOWN_MAX:
            self.differences.append(f"{name}: and {len(wrong) - SHOWN_MAX} more")

    def check_rows(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Note a comparison for which a query returns a row for every difference."""
        told = (", ".join(f"{column} {value}" for column, value in row.items()) for row in rows)
        self.check(name, "all", told)

    def as_text(self) -> str:
        """Return a table of the checks, then the differences."""
        width = max((len(name) for name, _ in self.checks), default=0)
        lines = [f"Audit at event {self.cursor}"]
        lines += [f"  {name.ljust(width)}  {found}" for name, found in self.checks]
        lines += ["", *(f"DIFFERENCE {one}" for one in self.differences)] if not self.ok else []
        lines.append("Every unit is accounted for." if self.ok else "THE BOOKS DO NOT AGREE.")
        if self.withdrawals_stopped:
            lines.append("Withdrawals are stopped; `openbell audit --allow-withdrawals` behind an")
            lines.append("audit without differences lets them go on.")
        return "\n".join(lines)
