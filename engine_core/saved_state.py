"""A state as bytes: the same bytes for the same state, whichever twin wrote them.

All words are unsigned, 64 bits, little-endian:

    8 bytes     MAGIC: the form of what follows
    1 word      the logic version in force
    15 words    how many rows each section has, in the order of SECTIONS
    rows        section by section; in each by the words that name a thing, keys oldest first
    16 bytes    the state hash
"""

import struct
from collections.abc import Iterator
from typing import Final

from engine_core.entities import ENTITIES, Row, hash_of
from engine_core.limits import LOGIC_VERSION
from engine_core.state import State
from engine_core.state_hash import STATE_HASH_BYTES, Tag, entity_hash, sum_of

MAGIC: Final = b"OBSTATE2"
SECTIONS: Final = tuple(ENTITIES)
WORDS: Final[dict[Tag, int]] = {
    Tag.COUNTERS: 6,
    Tag.ASSET: 6,
    Tag.ACCOUNT: 8,
    Tag.INSTRUMENT: 28,
    Tag.FEES: 4,
    Tag.SCHEDULED: 3,
    Tag.SOURCE: 2,
    Tag.BALANCE: 4,
    Tag.WITHDRAWAL: 5,
    Tag.ORDER: 27,
    Tag.TRIGGER: 3,
    Tag.SWITCH: 2,
    Tag.PARKED_LEG: 14,
    Tag.ASSET_LIMITS: 4,
    Tag.KEY: 9,
}
"""How many words a row of each section has."""
NAMING: Final[dict[Tag, int]] = {
    Tag.FEES: 2,
    Tag.SCHEDULED: 2,
    Tag.BALANCE: 2,
    Tag.WITHDRAWAL: 2,
    Tag.TRIGGER: 2,
    Tag.PARKED_LEG: 2,
    Tag.ASSET_LIMITS: 2,
}
"""How many of them name the thing, where it takes more than one."""
_HEAD: Final = struct.Struct(f"<8sQ{len(SECTIONS)}Q")

assert tuple(WORDS) == SECTIONS


def save(state: State) -> bytes:
    """Return a state as bytes."""
    rows = {tag: list(rows_of(state)) for tag, rows_of in ENTITIES.items()}
    for tag in SECTIONS:
        if tag is not Tag.KEY:
            rows[tag].sort()
    parts = [_HEAD.pack(MAGIC, state.logic_version, *map(len, rows.values()))]
    for tag, section in rows.items():
        pack = struct.Struct(f"<{WORDS[tag]}Q").pack
        parts += [pack(*row) for row in section]
    return b"".join((*parts, hash_of(state)))


def sections_of(data: bytes | memoryview) -> dict[Tag, list[Row]]:
    """Return the rows of a saved state.

    Raises:
        ValueError: it is torn, of another form or version, or its rows are not in their order.
    """
    if len(data) < _HEAD.size + STATE_HASH_BYTES:
        raise ValueError(f"{len(data)} bytes are no whole saved state")
    magic, logic_version, *counts = _HEAD.unpack_from(data)
    if magic != MAGIC:
        raise ValueError("these bytes are no saved state, or one of another form")
    if not 1 <= logic_version <= LOGIC_VERSION:
        raise ValueError(f"a saved state of logic version {logic_version} is not for this core")
    words = sum(count * WORDS[tag] for count, tag in zip(counts, SECTIONS, strict=True))
    if len(data) != _HEAD.size + 8 * words + STATE_HASH_BYTES:
        raise ValueError("a saved state has another length than its counts say")
    sections = dict(zip(SECTIONS, _rows(data, counts), strict=True))
    if len(sections[Tag.COUNTERS]) != 1 or sections[Tag.COUNTERS][0][-1] != logic_version:
        raise ValueError("a saved state has one row of counters, with its logic version")
    for tag, rows in sections.items():
        _refuse_disorder(tag, rows)
    return sections


def hash_of_rows(sections: dict[Tag, list[Row]]) -> bytes:
    """Return the state hash of rows as they are written."""
    return sum_of(entity_hash(tag, *row) for tag, rows in sections.items() for row in rows)


def _rows(data: bytes | memoryview, counts: list[int]) -> Iterator[list[Row]]:
    offset = _HEAD.size
    for count, width in zip(counts, WORDS.values(), strict=True):
        end = offset + 8 * count * width
        yield list(struct.Struct(f"<{width}Q").iter_unpack(data[offset:end]))
        offset = end


def _refuse_disorder(tag: Tag, rows: list[Row]) -> None:
    if tag is Tag.KEY:
        names = {row[:5] for row in rows}
        ordered = len(names) == len(rows)
    else:
        naming = NAMING.get(tag, 1)
        ordered = all(
            one[:naming] < other[:naming] for one, other in zip(rows, rows[1:], strict=False)
        )
    if not ordered:
        raise ValueError(f"a saved state's {tag.name} rows are not in order")
