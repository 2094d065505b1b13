"""The last commands of one session and their outcomes: what answers a retransmission.

Two rings indexed by sequence number. The bytes themselves are kept, not a digest of them, so a
different command under a used number is found without fail.
"""

from typing import Final

from schemas.layouts import COMMAND_BYTES, OUTCOME_BYTES


class RetainedCommands:
    """Commands ``last - capacity < seq <= last``; the numbering starts at 1 and has no gaps."""

    def __init__(self, capacity: int) -> None:
        self.capacity: Final = capacity
        self._commands = _Ring(capacity, COMMAND_BYTES)
        self._outcomes = _Ring(capacity, OUTCOME_BYTES)

    def keep_commands(self, first_seq: int, commands: bytes) -> None:
        """Remember ``commands`` (n x 96 bytes) from ``first_seq`` on, forgetting the oldest."""
        self._commands.write(first_seq, commands)

    def keep_outcomes(self, first_seq: int, outcomes: bytes) -> None:
        """Remember ``outcomes`` (n x 24 bytes) from ``first_seq`` on."""
        self._outcomes.write(first_seq, outcomes)

    def same_commands(self, first_seq: int, commands: bytes) -> bool:
        """Return whether ``commands`` are byte for byte those kept from ``first_seq`` on."""
        last_seq = first_seq + len(commands) // COMMAND_BYTES - 1
        return self._commands.read(first_seq, last_seq) == commands

    def commands(self, first_seq: int, last_seq: int) -> bytes:
        """Return the commands kept, both ends included: n x 96 bytes."""
        return self._commands.read(first_seq, last_seq)

    def outcomes(self, first_seq: int, last_seq: int) -> bytes:
        """Return the outcomes kept, both ends included: n x 24 bytes."""
        return self._outcomes.read(first_seq, last_seq)


class _Ring:
    def __init__(self, capacity: int, item_bytes: int) -> None:
        self._item_bytes = item_bytes
        self._data = bytearray(capacity * item_bytes)

    def write(self, first_seq: int, items: bytes) -> None:
        size = len(self._data)
        overtaken = max(0, len(items) - size)  # more than fits: the last ones stay
        at = (first_seq * self._item_bytes + overtaken) % size
        items = items[overtaken:]
        head = min(len(items), size - at)
        if head == len(items):  # nearly always: no second part at the ring's start
            self._data[at : at + head] = items
            return
        self._data[at:] = items[:head]
        self._data[: len(items) - head] = items[head:]

    def read(self, first_seq: int, last_seq: int) -> bytes:
        size = len(self._data)
        wanted = (last_seq - first_seq + 1) * self._item_bytes
        assert wanted <= size
        at = first_seq * self._item_bytes % size
        if at + wanted <= size:
            return bytes(memoryview(self._data)[at : at + wanted])
        return bytes(self._data[at:] + self._data[: at + wanted - size])
