"""A made-up day in the layouts of real ones: the workload's generator trades, and what became of
its displayed orders is written as ITCH 5.0 or LOBSTER would tell it.

For tests and benchmarks: real files are large and not free. Every kind of message is there.
"""

import struct
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from domain.orders import Side
from replay.order_flow import Fields, FlowKind
from replay.workload import OP_CANCEL, OP_LIMIT, SIDE_BUY, Generator, Recipe

STOCK: Final = "DRAWN"
LOCATE: Final = 7
OTHER_LOCATE: Final = 8
START_NS: Final = 34_200 * 10**9
_STEP_NS: Final = 250_000
_OTHER_REF: Final = 1 << 40
_TICK: Final = 100
"""Of the workload's ticks, in ten thousandths of a dollar: cents."""
_OPENING_TICKS: Final = 100_000
_PHASE_EVERY: Final = 1_000
_LENGTH: Final = struct.Struct(">H")
_NAMES: Final = STOCK.encode().ljust(8), b"OTHER".ljust(8)
_LETTERS: Final = {int(Side.BUY): b"B", int(Side.SELL): b"S"}


class DrawnDay:
    """The records of one day. The same recipe and length give the same."""

    def __init__(self, recipe: Recipe, ops: int) -> None:
        self._operations = islice(Generator(recipe).records(), ops)
        self._ts_ns = START_NS
        self._matches = 0
        self._leaves: dict[int, int] = {}

    def records(self) -> Iterator[Fields]:
        """Yield them: opened by a cross, some orders replaced, reduced or never displayed."""
        yield from self._opening()
        for number, (record, fills) in enumerate(self._operations):
            op, side, _, qty, price, ref = record
            self._ts_ns += _STEP_NS
            for maker, _, filled in fills:
                self._matches += 1
                qty -= filled
                self._leaves[maker] -= filled
                yield self._row(FlowKind.EXECUTE, maker, self._matches, filled)
            if op == OP_LIMIT and qty:
                self._leaves[ref] = qty
                own = int(Side.BUY if side == SIDE_BUY else Side.SELL)
                yield from self._entered(number, ref, qty, price, own)
            elif op == OP_CANCEL and self._leaves.get(ref, 0):
                yield from self._left(number, ref, self._leaves.pop(ref))
            if number % _PHASE_EVERY == _PHASE_EVERY - 1:
                hidden = 10, _OPENING_TICKS, int(Side.BUY)
                yield self._row(FlowKind.HIDDEN, 0, number, *hidden)
                yield self._row(FlowKind.STATUS, 0, ord("T"))
        yield self._row(FlowKind.SYSTEM, 0, ord("M"))

    def _opening(self) -> Iterator[Fields]:
        """Two orders meet in a cross, at a price between theirs."""
        yield self._row(FlowKind.SYSTEM, 0, ord("Q"))
        yield self._row(FlowKind.STATUS, 0, ord("T"))
        pair = (int(Side.BUY), -1), (int(Side.SELL), 1)
        for side, by in pair:
            yield self._row(FlowKind.ADD, _OTHER_REF + side, 0, 50, _OPENING_TICKS + by, side)
        for side, _ in pair:
            ref = _OTHER_REF + side
            yield self._row(FlowKind.EXECUTE_AT, ref, side, 50, _OPENING_TICKS)
        yield self._row(FlowKind.CROSS, 0, 1, 50, _OPENING_TICKS)

    def _entered(self, number: int, ref: int, qty: int, price: int, side: int) -> Iterator[Fields]:
        if number % 10:
            yield self._row(FlowKind.ADD, ref, 0, qty, price, side)
            return
        # As if it had first been displayed elsewhere, out of reach.
        away = price - 5_000 if side == Side.BUY else price + 5_000
        yield self._row(FlowKind.ADD, _OTHER_REF + 10 + ref, 0, qty + 1, away, side)
        yield self._row(FlowKind.REPLACE, _OTHER_REF + 10 + ref, ref, qty, price)

    def _left(self, number: int, ref: int, qty: int) -> Iterator[Fields]:
        if number % 3 == 0 and qty > 1:
            yield self._row(FlowKind.REDUCE, ref, 0, qty // 2)
        yield self._row(FlowKind.DELETE, ref)

    def _row(
        self, kind: FlowKind, ref: int, other: int = 0, qty: int = 0, price: int = 0, side: int = 0
    ) -> Fields:
        return self._ts_ns, ref, other, qty, price * _TICK, LOCATE, kind, side


def itch(records: Iterable[Fields]) -> Iterator[bytes]:
    """Yield the messages of an ITCH file, with a second stock beside."""
    for locate, name in zip((LOCATE, OTHER_LOCATE), _NAMES, strict=True):
        yield _framed(b"R", locate, START_NS, name + b"Q" + b" " * 19)
    for number, fields in enumerate(records):
        yield _message(fields)
        if number % 100 == 0:
            yield _framed(b"D", OTHER_LOCATE, fields[0], struct.pack(">Q", 1))
            yield _framed(b"Y", LOCATE, fields[0], _NAMES[0] + b"0")
    yield _LENGTH.pack(0)


def _framed(kind: bytes, locate: int, ts_ns: int, body: bytes) -> bytes:
    head = struct.pack(">cHHHI", kind, locate, 0, ts_ns >> 32, ts_ns & 0xFFFFFFFF)
    return _LENGTH.pack(len(head) + len(body)) + head + body


def _message(fields: Fields) -> bytes:
    ts_ns, ref, other, qty, price, locate, kind, side = fields
    stock = _NAMES[0]
    match kind:
        case FlowKind.ADD:
            body = struct.pack(">QcI8sI", ref, _LETTERS[side], qty, stock, price)
            attributed = ref % 7 == 0
            letter, body = (b"F", body + b"MPID") if attributed else (b"A", body)
        case FlowKind.EXECUTE:
            letter, body = b"E", struct.pack(">QIQ", ref, qty, other)
        case FlowKind.EXECUTE_AT:
            letter, body = b"C", struct.pack(">QIQcI", ref, qty, other, b"N", price)
        case FlowKind.REDUCE:
            letter, body = b"X", struct.pack(">QI", ref, qty)
        case FlowKind.DELETE:
            letter, body = b"D", struct.pack(">Q", ref)
        case FlowKind.REPLACE:
            letter, body = b"U", struct.pack(">QQII", ref, other, qty, price)
        case FlowKind.HIDDEN:
            letter = b"P"
            body = struct.pack(">QcI8sIQ", ref, _LETTERS[side], qty, stock, price, other)
        case FlowKind.CROSS:
            letter, body = b"Q", struct.pack(">Q8sIQc", qty, stock, price, other, b"O")
        case FlowKind.STATUS:
            letter, body = b"H", struct.pack(">8scx4s", stock, bytes([other]), b"")
        case _:
            letter, body = b"S", bytes([other])
    return _framed(letter, locate, ts_ns, body)


def lobster(records: Iterable[Fields]) -> Iterator[bytes]:
    """Yield the lines of a LOBSTER message file. It knows neither replacements nor phases."""
    orders: dict[int, tuple[int, int]] = {}
    for ts_ns, ref, other, qty, price, _, kind, side in records:
        moment = f"{ts_ns // 10**9}.{ts_ns % 10**9:09d}"
        if kind in (FlowKind.ADD, FlowKind.REPLACE):
            if kind == FlowKind.REPLACE:
                old_price, side = orders[ref]
                yield _line(moment, 3, ref, 0, old_price, side)
                ref = other
            orders[ref] = price, side
            yield _line(moment, 1, ref, qty, price, side)
        elif kind in _LOBSTER_TYPES:
            yield _line(moment, _LOBSTER_TYPES[FlowKind(kind)], ref, qty, *orders[ref])
        elif kind == FlowKind.HIDDEN:
            yield _line(moment, 5, 0, qty, price, int(Side.BUY))
        elif kind == FlowKind.CROSS:
            yield _line(moment, 6, -1, qty, price, int(Side.SELL))
        elif kind == FlowKind.STATUS:
            yield _line(moment, 7, 0, 0, 1, int(Side.SELL))


_LOBSTER_TYPES: Final = {
    FlowKind.REDUCE: 2,
    FlowKind.DELETE: 3,
    FlowKind.EXECUTE: 4,
    FlowKind.EXECUTE_AT: 4,
}


def _line(moment: str, kind: int, ref: int, qty: int, price: int, side: int) -> bytes:
    direction = 1 if side == Side.BUY else -1
    return f"{moment},{kind},{ref},{qty},{price},{direction}\n".encode()
