"""The leader's gate: a flush is released once it is in the log, by this leader, in this epoch."""

import time
from concurrent.futures import Future
from typing import Final

from engine_service.errors import Deposed
from engine_service.replica.leadership import Leadership
from engine_service.replica.log_entries import (
    HEADER_BYTES,
    Point,
    Writer,
    encode_batch,
    encode_idle,
)
from engine_service.replica.log_thread import LogThread
from replicated_log.certainty import append_surely
from replicated_log.log import Appended, Conflict, ReplicatedLog
from transport.engine_address import EngineAddress

IDLE_NS: Final = 90_000_000
"""A leader that appended nothing for so long says at its next heartbeat, each 100 ms, that it
leads.
"""


class LogGate:
    """A ReleaseGate. Appends behind ``leadership``'s place, which has just won; one at a time, so
    that at most the last flush of its journal is not in the log.

    While the log cannot answer, the engine waits, whole: nothing it could say would be certain.
    """

    def __init__(
        self,
        log: ReplicatedLog,
        thread: LogThread,
        shard: int,
        leadership: Leadership,
        writer: Writer,
        place: EngineAddress,
    ) -> None:
        self._log = log
        self._thread = thread
        self._shard = shard
        self._writer = writer
        self._place = place
        self._seq = leadership.applied_seq
        self._point = self._next_point = leadership.point
        self._appending: Future[Appended | Conflict] | None = None
        self._last: tuple[int, bytes] | None = None
        self._offered = b""
        self._appended_ns = 0

    @property
    def last(self) -> tuple[int, bytes] | None:
        """Number and header of the last entry that is in the log; None: none is of this gate's."""
        return self._last

    def begin(self, records: bytes | bytearray, count: int, chain: bytes) -> None:
        after = Point(self._point.next_index + count, chain)
        self._append(encode_batch(self._writer, self._point, after, records), after)

    def wait(self) -> None:
        assert self._appending is not None
        outcome = self._appending.result()
        if isinstance(outcome, Conflict):
            raise Deposed(
                f"another replica leads: the log has its entry where entry {self._seq + 1}, of "
                f"epoch {self._writer.epoch}, should be"
            )
        self._seq, self._point = outcome.seq, self._next_point
        self._last = (self._seq, self._offered)
        self._appended_ns = time.monotonic_ns()
        self._appending = None

    def beat(self, now_ns: int) -> None:
        if now_ns - self._appended_ns >= IDLE_NS:
            self._append(encode_idle(self._writer, self._point, self._place), self._point)
            self.wait()

    def _append(self, data: bytes, after: Point) -> None:
        assert self._appending is None, "a flush is not over before the gate has opened"
        self._next_point = after
        self._offered = data[:HEADER_BYTES]
        self._appending = self._thread.begin(append_surely(self._log, self._shard, self._seq, data))
