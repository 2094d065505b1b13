"""Order flow: what happened to the displayed orders of one instrument, in one layout for all
sources.

A record has 48 bytes, little-endian, ``RECORD``. A flow file is ``MAGIC``, the length of its terms
(4 bytes), its terms as JSON, and records. Times are Unix nanoseconds, or nanoseconds since midnight
where the source knows no date: only their differences count.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import IO, Final

from replay.errors import BadStream

MAGIC: Final = b"OBFLOW1\n"
RECORD: Final = struct.Struct("<qQQqqHBB4x")
"""ts_ns, order_ref, other_ref, qty, price, locate, kind, side. Quantities in lots and prices in
ticks of the flow's terms; ``side`` as ``domain.orders.Side``, 0 where the source says none.
"""
RECORD_BYTES: Final = 48
assert RECORD.size == RECORD_BYTES
_LENGTH: Final = struct.Struct("<I")
_TERMS_BYTES_MAX: Final = 4_096
_READ_RECORDS: Final = 8_192

Fields = tuple[int, int, int, int, int, int, int, int]


class FlowKind(IntEnum):
    """What one record says. What is not about displayed orders changes no book."""

    ADD = 1
    EXECUTE = 2
    """``qty`` of ``order_ref`` traded at its own price; ``other_ref``: the source's match number.
    """
    EXECUTE_AT = 3
    """The same at another ``price``: a cross, or hidden improvement."""
    REDUCE = 4
    """``qty`` less of ``order_ref``, which keeps its place."""
    DELETE = 5
    REPLACE = 6
    """``order_ref`` leaves, ``other_ref`` enters on the same side."""
    HIDDEN = 7
    """Something that was never displayed traded."""
    CROSS = 8
    """An auction's one price and volume; its orders leave by records of their own."""
    STATUS = 9
    """``other_ref``: the source's letter for halted, quoting or trading."""
    SYSTEM = 10
    """``other_ref``: the source's letter for the phase of its day."""


@dataclass(frozen=True, kw_only=True)
class FlowTerms:
    """What the flow's ticks and lots are, as decimal text, and decimals of the two assets."""

    symbol: str
    tick_size: str
    lot_size: str
    base_scale: int
    quote_scale: int
    source: str


def equity_terms(symbol: str, source: str) -> FlowTerms:
    """Return the terms of a US stock: prices with four decimals, quantities in shares."""
    return FlowTerms(
        symbol=symbol, source=source, tick_size="0.0001", lot_size="1", base_scale=0, quote_scale=4
    )


def write_terms(file: IO[bytes], terms: FlowTerms) -> None:
    """Begin a flow file."""
    text = json.dumps(asdict(terms)).encode()
    file.write(MAGIC + _LENGTH.pack(len(text)) + text)


def read_terms(file: IO[bytes]) -> FlowTerms:
    """Return the terms at the beginning of a flow file.

    Raises:
        BadStream: it is none.
    """
    if file.read(len(MAGIC)) != MAGIC:
        raise BadStream("the file is no order flow")
    try:
        (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
        if length > _TERMS_BYTES_MAX:
            raise BadStream("the flow's terms are too long")
        return FlowTerms(**json.loads(file.read(length)))
    except (struct.error, ValueError, TypeError) as error:
        raise BadStream(f"the flow's terms cannot be read: {error}") from None


def read_flow(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the records that follow the terms, many at a time.

    Raises:
        BadStream: the last one is torn.
    """
    while data := file.read(_READ_RECORDS * RECORD_BYTES):
        if len(data) % RECORD_BYTES:
            raise BadStream("the flow's last record is torn")
        yield data
