"""`openbell fuzz`: bytes from outside, at random and by coverage."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from cli.checkout.build_steps import ROOT


def run_fuzz(arguments: Sequence[str]) -> int:
    """Run one target in a process of its own, which atheris ends itself; return its exit code."""
    return _run("tests.fuzz", arguments)


def run_fuzz_api(arguments: Sequence[str]) -> int:
    """Send a whole exchange requests made of its OpenAPI document; return the exit code."""
    return _run("tests.fuzz.api", arguments)


def _run(module: str, arguments: Sequence[str]) -> int:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
