"""Nasdaq TotalView-ITCH 5.0 in a file: the readable decoder.

Layout: "Nasdaq TotalView-ITCH 5.0" (message formats; numbers big-endian, times 48-bit nanoseconds
since midnight, prices with four decimals) and "BinaryFILE" (each message behind its length in two
bytes; a length of 0 ends the session). What is not about an order or the state of trading is passed
over by its length.
"""

import struct
from collections.abc import Callable
from typing import Final

from domain.orders import Side
from replay.errors import BadStream
from replay.order_flow import RECORD, FlowKind

STOCK_BYTES: Final = 8
_LENGTH: Final = struct.Struct(">H")
_HEAD: Final = struct.Struct(">cHHHI")
"""Type, stock locate, tracking number, time as 16 and 32 bits."""
_SIDES: Final = {b"B": int(Side.BUY), b"S": int(Side.SELL)}
_Row = tuple[int, int, int, int, FlowKind, int]
"""order_ref, other_ref, qty, price, kind, side."""


def _add(ref: int, side: bytes, shares: int, _stock: bytes, price: int) -> _Row:
    return ref, 0, shares, price, FlowKind.ADD, _SIDES[side]


def _execute(ref: int, shares: int, match: int) -> _Row:
    return ref, match, shares, 0, FlowKind.EXECUTE, 0


def _execute_at(ref: int, shares: int, match: int, _printable: bytes, price: int) -> _Row:
    return ref, match, shares, price, FlowKind.EXECUTE_AT, 0


def _cancel(ref: int, shares: int) -> _Row:
    return ref, 0, shares, 0, FlowKind.REDUCE, 0


def _delete(ref: int) -> _Row:
    return ref, 0, 0, 0, FlowKind.DELETE, 0


def _replace(ref: int, new_ref: int, shares: int, price: int) -> _Row:
    return ref, new_ref, shares, price, FlowKind.REPLACE, 0


def _trade(ref: int, side: bytes, shares: int, _: bytes, price: int, match: int) -> _Row:
    return ref, match, shares, price, FlowKind.HIDDEN, _SIDES[side]


def _cross(shares: int, _stock: bytes, price: int, match: int, _type: bytes) -> _Row:
    return 0, match, shares, price, FlowKind.CROSS, 0


def _action(_stock: bytes, state: bytes, _reason: bytes) -> _Row:
    return 0, state[0], 0, 0, FlowKind.STATUS, 0


def _system(code: bytes) -> _Row:
    return 0, code[0], 0, 0, FlowKind.SYSTEM, 0


_BODIES: Final[dict[bytes, tuple[struct.Struct, Callable[..., _Row]]]] = {
    b"S": (struct.Struct(">c"), _system),
    b"H": (struct.Struct(">8scx4s"), _action),
    b"A": (struct.Struct(">QcI8sI"), _add),
    b"F": (struct.Struct(">QcI8sI4x"), _add),
    b"E": (struct.Struct(">QIQ"), _execute),
    b"C": (struct.Struct(">QIQcI"), _execute_at),
    b"X": (struct.Struct(">QI"), _cancel),
    b"D": (struct.Struct(">Q"), _delete),
    b"U": (struct.Struct(">QQII"), _replace),
    b"P": (struct.Struct(">QcI8sIQ"), _trade),
    b"Q": (struct.Struct(">Q8sIQc"), _cross),
}
_DIRECTORY: Final = struct.Struct(">8s20x")
_NO_STOCK: Final = 0
"""The stock locate of what concerns the whole market."""


class ItchDecoder:
    """Turns pieces of a file into flow records; ``stock``: only of this one, "" for all."""

    def __init__(self, stock: str = "") -> None:
        self._stock = stock.encode("ascii").ljust(STOCK_BYTES)
        self._all = not stock
        self._locate = -1
        self._waiting = b""
        self._at = 0
        self.messages = 0
        """Messages read so far, of every kind and stock."""

    def feed(self, data: bytes) -> bytes:
        """Return the records (n x 48 bytes) of the messages that ``data`` completes.

        Raises:
            BadStream: a message is not of its layout; the text says where.
        """
        data = self._waiting + data
        at, records = 0, []
        while at + _LENGTH.size <= len(data):
            (length,) = _LENGTH.unpack_from(data, at)
            if at + _LENGTH.size + length > len(data):
                break
            at += _LENGTH.size
            if length:
                records.append(self._message(data[at : at + length], self._at + at))
            at += length
        self._waiting = data[at:]
        self._at += at
        return b"".join(records)

    def end(self) -> bytes:
        """Say that nothing more comes; there are no more records.

        Raises:
            BadStream: the last message is torn.
        """
        if self._waiting:
            raise BadStream(f"the message at byte {self._at:,} is torn")
        return b""

    def _message(self, message: bytes, where: int) -> bytes:
        self.messages += 1
        try:
            kind, locate, _, high, low = _HEAD.unpack_from(message)
            body = message[_HEAD.size :]
            if kind == b"R":
                if _DIRECTORY.unpack(body)[0] == self._stock:
                    self._locate = locate
                return b""
            if kind not in _BODIES:
                return b""
            layout, read = _BODIES[kind]
            order_ref, other_ref, qty, price, flow, side = read(*layout.unpack(body))
            row = high << 32 | low, order_ref, other_ref, qty, price, locate, flow, side
            record = RECORD.pack(*row)
        except (struct.error, KeyError):
            raise BadStream(f"the message at byte {where:,} is not of its layout") from None
        if not (self._all or locate in (self._locate, _NO_STOCK)):
            return b""
        return record
