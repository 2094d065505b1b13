"""Who may import whom, how large a thing may be, what a module may not be called."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.sources import ROOT, packages, python_files, relative, tree

ANYTHING = "*"
_SERVER = "domain schemas transport service"
_REPLAYED = "domain schemas transport matching risk engine_core engine_service"
# What every process uses; service/ configures them.
_PROCESS = "uvloop structlog prometheus_client"
_HTTP = f"{_PROCESS} aiohttp yarl msgspec jwt cryptography"
# package: (ours it may import, third party it owns). A new package means a new row.
IMPORTS = {
    "domain": ("", ""),
    "schemas": ("domain", "flatbuffers"),
    "matching": ("domain", "sortedcontainers"),
    "risk": ("domain matching", "sortedcontainers"),
    "service": (
        "domain",
        f"{_PROCESS} aiohttp yarl msgspec pydantic pydantic_settings opentelemetry",
    ),
    "engine_core": ("domain schemas matching risk", "sortedcontainers"),
    "transport": ("domain schemas", ""),
    "replicated_log": ("domain schemas service", "nats asyncpg"),
    "client": ("domain", "aiohttp yarl msgspec"),
    "engine_service": (f"{_SERVER} matching risk engine_core replicated_log", _PROCESS),
    "gateway": (_SERVER, f"{_HTTP} limits pyarrow"),
    "accounts": (_SERVER, f"{_HTTP} asyncpg argon2 pyotp aiosmtplib aiosmtpd"),
    "market_data": (_SERVER, f"{_PROCESS} aiohttp yarl msgspec asyncpg"),
    "trading_bot": ("domain service client", f"{_PROCESS} aiohttp msgspec"),
    "replay": (_REPLAYED, "uvloop typer rich"),
    "backtest": ("domain schemas matching risk engine_core replay trading_bot", ""),
    "chaos": (ANYTHING, ANYTHING),
    "cli": (ANYTHING, ANYTHING),
    "bench": (ANYTHING, ANYTHING),
    "tests": (ANYTHING, ANYTHING),
}
IN_CONFIG = {"pydantic", "pydantic_settings"}  # a service's config.py describes its environment
LINES_MAX = 600
FUNCTION_LINES_MAX = 60
BANNED_MODULES = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}
_CYTHON_IMPORT = re.compile(r"^\s*(?:from|c?import)\s+([a-z_]\w*)", re.MULTILINE)
_CYTHON_OWN = {"cython", "libc", "cpython", "libcpp", "posix"}


def imported(path: Path) -> Iterator[str]:
    """Top-level names of what ``path`` imports, the standard library left out."""
    if path.suffix in {".pyx", ".pxd"}:
        names = set(_CYTHON_IMPORT.findall(path.read_text(encoding="utf-8"))) - _CYTHON_OWN
        yield from names - sys.stdlib_module_names
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        else:
            found = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (name.split(".")[0] for name in found if name)


@pytest.mark.parametrize("package", packages())
def test_a_package_imports_only_what_its_row_allows(package: str) -> None:
    ours, third_party = IMPORTS[package]
    if ours == ANYTHING:
        return
    allowed = {package, *ours.split(), *third_party.split()} | sys.stdlib_module_names
    wrong = [
        f"{relative(path)} imports {name}"
        for path in python_files(package)
        for name in imported(path)
        if name not in allowed and not (path.name == "config.py" and name in IN_CONFIG)
    ]
    assert wrong == []


def test_files_and_functions_stay_small() -> None:
    wrong = []
    for path in python_files():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LINES_MAX:
            wrong.append(f"{relative(path)}: {lines} lines")
        for node in ast.walk(tree(path)) if path.suffix == ".py" else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES_MAX:
                    wrong.append(f"{relative(path)}: {node.name} has {length} lines")
    assert wrong == []


def test_modules_are_named_after_what_they_know() -> None:
    named = {*python_files(), *(ROOT / package for package in packages())}
    assert [relative(path) for path in named if path.stem.lstrip("_") in BANNED_MODULES] == []
