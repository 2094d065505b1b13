"""LOBSTER message files: the readable decoder.

Layout: "LOBSTER Output, message file" (six columns, comma-separated: seconds after midnight, type,
order id, size, price times 10,000, direction of the resting order) with its types 1 to 7. The order
book file that comes with it says what these messages make; it is not read.
"""

from typing import Final

from domain.orders import Side
from domain.units import NS_PER_S
from replay.errors import BadStream
from replay.order_flow import RECORD, FlowKind

LINE_BYTES_MAX: Final = 256
SECONDS_MAX: Final = 999_999_999
_KINDS: Final = {
    b"1": FlowKind.ADD,
    b"2": FlowKind.REDUCE,
    b"3": FlowKind.DELETE,
    b"4": FlowKind.EXECUTE,
    b"5": FlowKind.HIDDEN,
    b"6": FlowKind.CROSS,
    b"7": FlowKind.STATUS,
}
_SIDES: Final = {b"1": int(Side.BUY), b"-1": int(Side.SELL)}
_STATES: Final = {b"-1": ord("H"), b"0": ord("Q"), b"1": ord("T")}
"""By what stands for the price of a halt: halted, quoting again, trading again."""
_WITHOUT_ORDER: Final = (FlowKind.HIDDEN, FlowKind.CROSS, FlowKind.STATUS)


class LobsterDecoder:
    """Turns pieces of a file into flow records."""

    def __init__(self) -> None:
        self._waiting = b""
        self.messages = 0
        """Lines read so far."""

    def feed(self, data: bytes) -> bytes:
        """Return the records (n x 48 bytes) of the lines that ``data`` completes.

        Raises:
            BadStream: a line is not of the layout; the text says which.
        """
        *lines, self._waiting = (self._waiting + data).split(b"\n")
        if len(self._waiting) > LINE_BYTES_MAX:
            raise BadStream(f"line {self.messages + len(lines) + 1} is too long")
        return b"".join(map(self._line, lines))

    def end(self) -> bytes:
        """Say that nothing more comes; return the records of a last line without an end.

        Raises:
            BadStream: it is not of the layout.
        """
        return self.feed(b"\n") if self._waiting else b""

    def _line(self, line: bytes) -> bytes:
        self.messages += 1
        try:
            moment, kind_text, ref, size, price, direction = line.rstrip(b"\r").split(b",")
            kind, other_ref, side = _KINDS[kind_text], 0, _SIDES[direction]
            if kind is FlowKind.STATUS:
                price, other_ref, size, side = b"0", _STATES[price], b"0", 0
            order_ref = 0 if kind in _WITHOUT_ORDER else _whole(ref)
            fields = _ns(moment), order_ref, other_ref, _whole(size), _whole(price), 0, kind, side
        except (ValueError, KeyError):
            raise BadStream(f"line {self.messages} is no LOBSTER message") from None
        return RECORD.pack(*fields)


def _whole(text: bytes) -> int:
    if not text.isdigit() or len(text) > 18:
        raise ValueError
    return int(text)


def _ns(text: bytes) -> int:
    whole, _, part = text.partition(b".")
    seconds = _whole(whole)
    if seconds > SECONDS_MAX or (part and not part.isdigit()):
        raise ValueError
    return seconds * NS_PER_S + int(part[:9].ljust(9, b"0"))
