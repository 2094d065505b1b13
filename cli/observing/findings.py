"""What was found about a machine or an installation, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``do``: one sentence, where something is to be done. "bad": it does not work like this;
    "warn": it does, worse than it could.
    """

    subject: str
    verdict: Verdict
    says: str
    do: str = ""


def ok(subject: str, says: str) -> Finding:
    """Return what is as it should be."""
    return Finding(subject, "ok", says)


def bad_or_warn(is_bad: bool) -> Verdict:
    """Return how grave it is."""
    return "bad" if is_bad else "warn"


def exit_code(findings: Iterable[Finding]) -> int:
    """Return 1 if something does not work."""
    return 1 if any(finding.verdict == "bad" for finding in findings) else 0
