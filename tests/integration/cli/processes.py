"""Looking at processes from outside, as a person with `ps` would."""

from __future__ import annotations

import time
from pathlib import Path


def is_alive(pid: int) -> bool:
    """A zombie counts as gone: collecting it is up to its new parent."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def wait_until_gone(pid: int, timeout_s: float = 5.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while is_alive(pid):
        assert time.monotonic() < deadline_s, f"process {pid} still runs"
        time.sleep(0.01)
