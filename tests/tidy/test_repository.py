"""What may not be committed: registries, paths of one machine, locks without hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.sources import ROOT, project_files, relative

# Split, so that this file does not contain what it looks for.
REGISTRY_HOSTS = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("npmmirror", "com"),
            ("registry", "yarnpkg", "com"),
        )
    )
)
MACHINE_PATHS = re.compile(r"(?<![\w.$}/-])/(?:home/\w|root/|Users/\w|work/|opt/\w|tmp/brief)")
DOCUMENT = re.compile(r"\b[A-Z][A-Z_]{2,}\.md\b")
PYTHON_LOCKS = (
    "run.lock",
    "dev.lock",
    "node.lock",
    "parquet.lock",
    "zig.lock",
    "clients.lock",
    "freqtrade.lock",
)
_THIS = Path(__file__)


def texts() -> Iterator[tuple[Path, str]]:
    for path in project_files():
        content = path.read_bytes()
        if path != _THIS and b"\0" not in content:
            yield path, content.decode("utf-8")


def found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{relative(path)}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for path, text in texts()
        for match in pattern.finditer(text)
    ]


def test_no_file_names_a_registry() -> None:
    assert found(REGISTRY_HOSTS) == []


def test_no_file_knows_where_it_was_written() -> None:
    assert found(MACHINE_PATHS) == []


def test_documents_that_are_named_exist() -> None:
    names = {path.name for path in project_files()}
    assert [hit for hit in found(DOCUMENT) if hit.rsplit(" ", 1)[1] not in names] == []


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_python_locks_pin_hashes_and_name_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    requirements = re.split(r"\n(?=\S)", text.strip())
    assert [line for line in requirements if "==" not in line or "--hash=sha256:" not in line] == []


def test_the_npm_lock_pins_hashes_and_names_no_address() -> None:
    lock = ROOT / "frontend" / "package-lock.json"
    if lock not in project_files():
        pytest.skip("there is no web UI here")
    text = lock.read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert text.count('"integrity"') == text.count('"node_modules/')
