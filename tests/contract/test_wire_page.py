"""The protocol page says what the code does: same offsets, types and fields."""

import re
import zlib
from enum import IntEnum
from pathlib import Path

import pytest

from domain.events import OutcomeResult
from domain.reasons import CancelReason, RejectReason
from schemas import framing
from schemas.framing import MessageType
from schemas.layouts import COMMANDS, EVENTS
from schemas.session_layouts import MINOR, VERSIONS, SessionRejectCode
from tests.contract.session_structs import SESSION_STRUCTS

PAGE = Path(__file__).parents[2].joinpath("docs/protocol.md").read_text(encoding="utf-8")
_TYPES = {"B": ("u8", 1), "H": ("u16", 2), "I": ("u32", 4), "q": ("i64", 8), "Q": ("u64", 8)}
_SESSION = {name: (packer.format, words) for name, (packer, words) in SESSION_STRUCTS.items()} | {
    "Header": (
        framing.HEADER.format,
        "magic major type flags shard epoch session_id seq ack count payload_bytes window key_id",
    ),
}
MESSAGES = {name: (format_, fields.split()) for name, (format_, fields) in _SESSION.items()} | {
    f"{layout.domain_type.__name__} (kind {int(layout.kind)})": (
        layout.packer.format,
        ["kind", *layout.fields],
    )
    for layout in COMMANDS + EVENTS
}


def table(title: str) -> list[tuple[str, str, str]]:
    section = re.split(r"^#+ ", PAGE.split(f"### {title}\n")[1], flags=re.MULTILINE)[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines()]
    return [(row[0], row[1], row[2]) for row in rows if row and row[0].isdigit()]


def expected(format_: str, fields: list[str]) -> list[tuple[str, str, str]]:
    rows, at, names = [], 0, iter(fields)
    for repeat, kind in re.findall(r"(\d*)([a-zA-Z])", format_):
        for _ in range(1 if kind in "xs" else int(repeat or 1)):
            type_, size = _TYPES.get(kind, (f"{repeat or 1} B", int(repeat or 1)))
            rows.append((str(at), type_, "reserved" if kind == "x" else next(names)))
            at += size
    return rows


@pytest.mark.parametrize("title", MESSAGES)
def test_the_table_of_a_message_is_its_layout(title: str) -> None:
    assert table(title) == expected(*MESSAGES[title])


def test_every_message_type_is_on_the_page() -> None:
    for type_ in MessageType:
        assert f"| {int(type_)} {type_.name} |" in PAGE


@pytest.mark.parametrize("codes", [SessionRejectCode, OutcomeResult, RejectReason, CancelReason])
def test_every_error_code_is_on_the_page(codes: type[IntEnum]) -> None:
    section = PAGE.split(f"### {codes.__name__}\n")[1].split("\n#")[0]
    rows = re.findall(r"^\| (\d+ [A-Z_]+) \|", section, flags=re.MULTILINE)
    assert rows == [f"{int(code)} {code.name}" for code in codes]


def test_the_history_ends_with_the_version_spoken() -> None:
    versions = re.findall(r"^\| (\d+\.\d+) \|", PAGE.split("## History\n")[1], flags=re.MULTILINE)
    assert versions[-1] == f"{VERSIONS[1]}.{MINOR}"


def test_the_checksum_on_the_page_is_that_of_the_text_beside_it() -> None:
    text, number = re.findall(r"text `([^`]+)` and the checksum (\d+)\.", PAGE)[0]
    assert zlib.crc32(text.encode()) == int(number)


def test_the_payload_s_prefix_on_the_page_is_the_one_written() -> None:
    prefix = framing.wrap(bytes(16), 16)[:20].hex(" ", 4)
    assert f"`{prefix}`" in PAGE
