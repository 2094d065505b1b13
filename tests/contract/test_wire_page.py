"""The protocol page says what the code does: same offsets, types and fields."""

import re
from pathlib import Path

import pytest

from schemas import framing, session_layouts
from schemas.framing import MessageType
from schemas.layouts import COMMANDS, EVENTS

PAGE = Path(framing.__file__).with_name("README.md").read_text(encoding="utf-8")
_TYPES = {"B": ("u8", 1), "H": ("u16", 2), "I": ("u32", 4), "q": ("i64", 8), "Q": ("u64", 8)}
_SESSION = {
    "Hello": (session_layouts.HELLO.format, "version_min version_max client_id from_event_seq"),
    "Welcome": (
        session_layouts.WELCOME.format,
        "version nonce next_event_seq last_command_seq",
    ),
    "Outcome": ("<QQIHBx", "order_id last_event_seq event_count reason result"),
    "EventRange": (session_layouts.EVENT_RANGE.format, "first last"),
    "SessionReject": (session_layouts.SESSION_REJECT.format, "code detail"),
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


def test_the_payload_s_prefix_on_the_page_is_the_one_written() -> None:
    prefix = framing.wrap(bytes(16), 16)[:20].hex(" ", 4)
    assert f"`{prefix}`" in PAGE
