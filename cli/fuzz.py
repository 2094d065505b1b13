"""`openbell fuzz`: bytes from outside, at random and by coverage."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from cli.build_steps import ROOT


def run_fuzz(arguments: Sequence[str]) -> int:
    """Run one target in a process of its own, which atheris ends itself; return its exit code."""
    command = [sys.executable, "-m", "tests.fuzz", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
