"""Invariant: a capture is refused as BadStream, or it is the records that are in it; and moving
them to another day changes nothing but the times of requests, whatever the commands say.
"""

from functools import cache
from typing import Final

from replay.capture import MAGIC, RECORD, moved_to, read_capture
from replay.errors import BadStream
from schemas.codec import encode_command
from schemas.layouts import COMMAND_BYTES
from tests.integration.engine.venue import OPENING, order

_DAY_NS: Final = 86_400 * 10**9


@cache
def corpus() -> list[bytes]:
    """Return a capture of a small venue."""
    commands = [encode_command(one) for one in (*OPENING, *map(order, range(4)))]
    records = [RECORD.pack(_DAY_NS + at, command) for at, command in enumerate(commands)]
    return [MAGIC + b"".join(records), MAGIC + records[-1]]


def check(data: bytes) -> bool:
    """Return whether it was accepted.

    Raises:
        AssertionError: the invariant does not hold.
    """
    data = MAGIC + data[len(MAGIC) :]
    try:
        captured = read_capture(data, None)
        assert b"".join(RECORD.pack(*record) for record in captured) == data[len(MAGIC) :]
        moved = moved_to(captured, 2 * _DAY_NS)
    except BadStream:
        return False
    assert [len(command) for command in moved] == [COMMAND_BYTES] * len(captured)
    assert [command[0] for command in moved] == [command[0] for _, command in captured]
    return True
