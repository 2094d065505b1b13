"""Steps of a first start: done once, shown while they run, done again when their inputs change.

Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from threading import Event, Thread

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
_STAMPS = VENV / "openbell-stamps"
_LOG = VENV / "openbell-build.log"
_LINES_OF_A_FAILURE = 30
_TICK_S = 0.5


class BuildError(Exception):
    """A step failed; the message says what to do, as far as that is known."""


def stamp_of(files: Iterable[Path], *settings: str) -> str:
    """A digest of the files' names and contents and of ``settings``."""
    digest = hashlib.sha256("\0".join(settings).encode())
    for file in sorted(files):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"\0{file.relative_to(ROOT)}\0{content}".encode())
    return digest.hexdigest()


def is_done(step: str, stamp: str) -> bool:
    try:
        return (_STAMPS / step).read_text(encoding="ascii") == stamp
    except FileNotFoundError:
        return False


def mark_done(step: str, stamp: str) -> None:
    _STAMPS.mkdir(parents=True, exist_ok=True)
    (_STAMPS / step).write_text(stamp, encoding="ascii")


def pip_install(lock_name: str) -> list[str | Path]:
    """The command that installs a lock file, hashes required."""
    quiet = ["--quiet", "--disable-pip-version-check"]
    return [PYTHON, "-m", "pip", "install", *quiet, "--require-hashes", "-r", ROOT / lock_name]


def run_step(
    title: str,
    command: Sequence[str | Path],
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run ``command`` with its output in a file, its title and its time on the screen.

    Raises:
        BuildError: it failed; the last lines of its output are in the message.
    """
    began_s = time.monotonic()
    done = Event()
    ticking = Thread(target=_tick, args=(title, began_s, done), daemon=True)
    ticking.start()
    _LOG.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _LOG.open("wb") as log:
            completed = subprocess.run(
                [str(part) for part in command],
                cwd=cwd,
                env=dict(os.environ if env is None else env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
    finally:
        done.set()
        ticking.join()
    failed = completed.returncode != 0
    _say(f"{'✗' if failed else '✓'} {title} ({time.monotonic() - began_s:.1f} s)", last=True)
    if failed:
        lines = _LOG.read_text(encoding="utf-8", errors="replace").splitlines()
        lines.append(f"({title}: all of it in {_LOG})")
        raise BuildError("\n".join(lines[-_LINES_OF_A_FAILURE:]))


def _tick(title: str, began_s: float, done: Event) -> None:
    if not sys.stderr.isatty():
        return
    while not done.wait(_TICK_S):
        _say(f"… {title} ({time.monotonic() - began_s:.0f} s)", last=False)


def _say(line: str, last: bool) -> None:
    terminal = sys.stderr.isatty()
    start = "\r\x1b[K" if terminal else ""
    print(start + line, end="\n" if last else "", file=sys.stderr, flush=True)
