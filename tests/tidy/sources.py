"""The files the tidy tests read: ours, written by hand."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_GENERATED = ROOT / "schemas" / "generated"
_NOT_OURS = {".git", ".venv", ".openbell", "build", "dist", "frontend", "node_modules"}


@cache
def packages() -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in ROOT.glob("*/__init__.py")))


def python_files(*names: str) -> Iterator[Path]:
    """Python and Cython sources of the given packages, or of the whole project."""
    for directory in names or [path.name for path in ROOT.iterdir() if path.is_dir()]:
        if directory in _NOT_OURS:
            continue
        for path in sorted((ROOT / directory).rglob("*.py*")):
            is_source = path.suffix in {".py", ".pyx", ".pxd", ".pyi"}
            if is_source and not path.is_relative_to(_GENERATED):
                yield path


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def project_files() -> tuple[Path, ...]:
    """Everything that is or would be committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(path for path in paths if path.is_file())
