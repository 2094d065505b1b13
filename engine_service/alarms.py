"""What an operator must hear about, checked on every heartbeat and said at a bounded rate."""

from collections.abc import Callable
from typing import Final

import structlog

from engine_service.data_files import DataDirectory
from engine_service.journal import Journal
from schemas.session_layouts import VERSIONS
from transport.server_session import RefusedHello, ServerSessions

JOURNAL_ROOM_BYTES_MIN: Final = 16 << 20
FREE_BYTES_MIN: Final = 64 << 20
"""With less journal prepared or less disk than this, clients get no credit: a command that was
accepted must never meet a full disk.
"""
CLOCK_DIVERGENCE_NS_MAX: Final = 1_000_000_000
QUIET_NS: Final = 10_000_000_000
"""Between two lines about the same thing."""


class Alarms:
    """Watches the disk, the clock and the datagrams that nobody vouches for."""

    def __init__(
        self,
        *,
        journal: Journal,
        directory: DataDirectory,
        sessions: ServerSessions,
        credits_datagrams: int,
        clock_divergence_ns: Callable[[], int],
    ) -> None:
        self._journal = journal
        self._directory = directory
        self._sessions = sessions
        self._credits_datagrams = credits_datagrams
        self._clock_divergence_ns = clock_divergence_ns
        self._open: bool | None = None
        self._said_ns: dict[str, int] = {}
        self._bad_said = self._newer_said = 0
        self._refused_said: RefusedHello | None = None
        self._log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

    def check(self, now_ns: int) -> None:
        """Look at everything; ``now_ns`` is monotonic."""
        self._check_room(now_ns)
        self._check_sessions(now_ns)
        divergence_ns = self._clock_divergence_ns()
        if abs(divergence_ns) > CLOCK_DIVERGENCE_NS_MAX and self._may_say("clock", now_ns):
            self._log.error(
                "the wall clock was set while running: log time goes on from the old one",
                ahead_ms=divergence_ns // 1_000_000,
            )

    def _check_sessions(self, now_ns: int) -> None:
        counters = self._sessions.counters
        bad = counters.not_authentic + counters.malformed
        if bad > self._bad_said and self._may_say("datagrams", now_ns):
            self._log.warning("datagrams ignored: not authentic or malformed", count=bad)
            self._bad_said = bad
        newer = counters.newer_epoch
        if newer > self._newer_said and self._may_say("epoch", now_ns):
            self._log.error(
                "clients were served by a later leader than this engine: it answers them nothing; "
                "stop it, or have it follow",
                count=newer,
            )
            self._newer_said = newer
        refused = self._sessions.refused
        if refused is not self._refused_said and self._may_say("refused", now_ns):
            assert refused is not None
            lowest, highest = refused.hello.version_min, refused.hello.version_max
            self._log.warning(
                "a client is refused",
                reason=refused.code.name,
                client_id=refused.hello.client_id,
                address=f"{refused.address[0]}:{refused.address[1]}",
                speaks=f"versions {lowest} to {highest}",
                spoken_here=f"versions {VERSIONS[0]} to {VERSIONS[1]}",
                refused=counters.refused_hellos,
            )
            self._refused_said = refused

    def _check_room(self, now_ns: int) -> None:
        journal_bytes = self._journal.room_bytes
        free_bytes = self._directory.free_bytes()
        least_bytes = min(JOURNAL_ROOM_BYTES_MIN, self._journal.segment_bytes // 2)
        is_open = journal_bytes >= least_bytes and free_bytes >= FREE_BYTES_MIN
        if is_open == self._open:
            return
        error = self._journal.supply_error
        if not is_open:
            full = error is not None or free_bytes < FREE_BYTES_MIN
            self._log.error(
                "no commands are let in: "
                + ("the disk is full" if full else "no journal segment is prepared yet"),
                journal_bytes=journal_bytes,
                free_bytes=free_bytes,
                error=str(error) if error else None,
            )
        elif self._open is not None:
            self._log.info("commands are let in again")
        self._open = is_open
        self._sessions.set_credits(self._credits_datagrams if is_open else 0, now_ns)

    def _may_say(self, what: str, now_ns: int) -> bool:
        if now_ns - self._said_ns.get(what, -QUIET_NS) < QUIET_NS:
            return False
        self._said_ns[what] = now_ns
        return True
