"""`openbell check` and `openbell test`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.checkout.build_steps import ROOT, BuildError, run_step
from cli.checkout.web_build import FRONTEND, ensure_node, ensure_node_modules, has_frontend

PYTHON = sys.executable
_CHROMIUM = Path("/usr/bin/chromium")
_OK, _FAILED = "✓", "✗"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `openbell check`."""

    title: str
    command: Sequence[str]
    cwd: Path = ROOT
    env: Mapping[str, str] | None = None


def run_checks() -> int:
    """Run every check, also after a failure; 0 when all pass."""
    try:
        results = [_run(check) for check in _checks()]
    except BuildError as error:
        print(error, flush=True)
        return 1
    failures = results.count(False)
    print("All checks pass." if not failures else f"{failures} of {len(results)} checks failed.")
    return 1 if failures else 0


def run_tests(arguments: Sequence[str]) -> int:
    """Run pytest with ``arguments``; without any, everything, the web UI's unit tests included."""
    try:
        if not arguments or any("e2e" in argument for argument in arguments):
            _ensure_browser()
        web_passed = True if arguments else _run_web_tests()
    except BuildError as error:
        print(error, flush=True)
        return 1
    code = subprocess.run([PYTHON, "-m", "pytest", *arguments], cwd=_cwd(arguments)).returncode
    return code or (0 if web_passed else 1)


def python_packages() -> list[str]:
    """Our packages: every directory of the root that is a Python package, tests apart."""
    found = (path.parent.name for path in ROOT.glob("*/__init__.py"))
    return sorted(name for name in found if name != "tests")


def _checks() -> Iterator[Check]:
    yield Check("ruff check", [PYTHON, "-m", "ruff", "check", "."])
    yield Check("ruff format", [PYTHON, "-m", "ruff", "format", "--check", "."])
    yield Check("mypy --strict", [PYTHON, "-m", "mypy", *python_packages(), "tests/tidy"])
    yield Check("tidy", [PYTHON, "-m", "pytest", "-q", "--no-header", "tests/tidy"])
    if (ROOT / "schemas" / "generate.py").exists():
        yield Check("generated code", [PYTHON, "-m", "schemas.generate", "--check"])
    if has_frontend():
        node = ensure_node()
        ensure_node_modules(node)
        bin_dir = FRONTEND / "node_modules" / ".bin"
        env = node.environment()
        yield Check("biome", [str(bin_dir / "biome"), "ci", "."], FRONTEND, env)
        yield Check("tsc", [str(bin_dir / "tsc"), "--noEmit"], FRONTEND, env)


def _run(check: Check) -> bool:
    began_s = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=check.cwd,
        env=check.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    passed = done.returncode == 0
    took = f"{time.monotonic() - began_s:.1f} s"
    print(f"{_OK if passed else _FAILED} {check.title} ({took})", flush=True)
    if not passed:
        print(done.stdout, flush=True)
    return passed


def _run_web_tests() -> bool:
    if not has_frontend():
        return True
    node = ensure_node()
    ensure_node_modules(node)
    return _run(Check("vitest", [*node.npm, "test"], FRONTEND, node.environment()))


def _ensure_browser() -> None:
    """Chromium for the browser tests: the machine's, Debian's package, or Playwright's own."""
    if not (ROOT / "tests" / "e2e").is_dir() or _CHROMIUM.exists():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        run_step("Updating the package lists", ["apt-get", "update", "-q"])
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends"]
        env = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
        run_step("Installing Chromium", [*install, "chromium", "fonts-dejavu-core"], env=env)
    else:
        run_step("Installing Chromium", [PYTHON, "-m", "playwright", "install", "chromium"])


def _cwd(arguments: Sequence[str]) -> Path:
    """The root for a full run; where the user stands when the arguments may be paths."""
    return Path.cwd() if arguments else ROOT
