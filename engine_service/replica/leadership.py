"""Who leads, as one replica knows it. Pure: time is an argument.

The log is the lock: a replica leads from the moment its TAKEOVER is in the log, at the place of the
last entry it has applied, until its next append meets another's. No clock, lease or message decides
it; the clock only says when it is worth trying.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from engine_service.errors import LogForked
from engine_service.replica.log_entries import Entry, EntryKind, Point, Writer, leaders_place
from transport.engine_address import EngineAddress

FIRST_EPOCH: Final = 1
"""Of engines without a log; the first leader of a log is one higher."""


class Role(Enum):
    """What a replica is to the others."""

    FOLLOWING = "follows"
    CLAIMING = "tries to take over"
    LEADING = "leads"
    DEPOSED = "led; must start anew"


class Happening(Enum):
    """What may change a role."""

    ENTRY = "an entry came from the log"
    SILENCE = "no entry came for so long that the leader may be gone"
    APPENDED = "its own entry is in the log"
    CONFLICT = "another's entry is where its own should be"


NEXT_ROLE: Final[Mapping[tuple[Role, Happening], Role]] = {
    (Role.FOLLOWING, Happening.ENTRY): Role.FOLLOWING,
    (Role.FOLLOWING, Happening.SILENCE): Role.CLAIMING,
    (Role.CLAIMING, Happening.APPENDED): Role.LEADING,
    (Role.CLAIMING, Happening.CONFLICT): Role.FOLLOWING,
    (Role.LEADING, Happening.APPENDED): Role.LEADING,
    (Role.LEADING, Happening.CONFLICT): Role.DEPOSED,
}
"""Every other pair is a fault of the caller's: a deposed replica, above all, does nothing more."""


class Leadership:
    """``applied_seq``: the last entry of the log that this replica has applied; ``point``: where
    its journal stands there; ``last``: that entry, if it is still in the log. ``wait_ns``: how long
    a silence must last before it tries to lead. ``epoch``: none was higher before the log began.
    """

    def __init__(
        self,
        replica_id: int,
        incarnation: int,
        *,
        applied_seq: int,
        point: Point,
        last: Entry | None,
        wait_ns: int,
        now_ns: int,
        epoch: int = FIRST_EPOCH,
    ) -> None:
        self.role = Role.FOLLOWING
        self.epoch = epoch
        """The highest seen in the log."""
        self.applied_seq = applied_seq
        self.point = point
        self.leader: EngineAddress | None = None
        """Where the leader is; None: it has not said so in what was read."""
        self._replica_id = replica_id
        self._incarnation = incarnation
        self._leads: Writer | None = None
        self._wait_ns = wait_ns
        self._heard_ns = now_ns
        if last is not None:
            self._follow(applied_seq, last)

    @property
    def due_ns(self) -> int:
        """When the silence will have lasted long enough."""
        return self._heard_ns + self._wait_ns

    def check(self, seq: int, entry: Entry) -> None:
        """Return if ``entry`` may be the next: nothing is changed.

        Raises:
            LogForked: it does not continue the log, or this replica's journal.
        """
        if seq != self.applied_seq + 1:
            raise LogForked(f"entry {seq} of the log came after entry {self.applied_seq}")
        if entry.before != self.point:
            raise LogForked(
                f"entry {seq} of the log goes on behind record {entry.before.next_index - 1}, but "
                f"this replica's journal is at record {self.point.next_index - 1}, or holds "
                "others. This replica stops, so that nothing is lost silently; see "
                "docs/howto/three-machines.md, When replicas differ"
            )
        if entry.kind is EntryKind.TAKEOVER:
            in_order = entry.writer.epoch > self.epoch
        else:
            in_order = entry.writer == self._leads or self._leads is None
        if not in_order or entry.writer.epoch < self.epoch:
            raise LogForked(
                f"entry {seq} of the log is of replica {entry.writer.replica_id} in epoch "
                f"{entry.writer.epoch}, which does not lead: the log's servers let in what they "
                "must refuse. This replica stops"
            )

    def heard(self, seq: int, entry: Entry, now_ns: int) -> None:
        """Note that ``entry`` was checked and applied."""
        self._happened(Happening.ENTRY)
        self._heard_ns = now_ns
        self._follow(seq, entry)

    def wait_again(self, now_ns: int) -> None:
        """Let the silence begin anew: this replica may not lead just now."""
        self._heard_ns = now_ns

    def claim(self, now_ns: int) -> Writer | None:
        """Return as whom to append a TAKEOVER behind ``applied_seq``; None while it is too early.
        The caller must say ``won`` or ``lost``.
        """
        if now_ns < self.due_ns:
            return None
        self._happened(Happening.SILENCE)
        return Writer(self.epoch + 1, self._replica_id, self._incarnation)

    def won(self, entry: Entry) -> None:
        """Note that the TAKEOVER is in the log: this replica leads."""
        self._happened(Happening.APPENDED)
        self._follow(self.applied_seq + 1, entry)

    def lost(self, now_ns: int) -> None:
        """Note that another replica's entry was first."""
        self._happened(Happening.CONFLICT)
        self._heard_ns = now_ns

    def _follow(self, seq: int, entry: Entry) -> None:
        self.applied_seq = seq
        self.point = entry.after
        self.epoch = entry.writer.epoch
        self._leads = entry.writer
        self.leader = leaders_place(entry) or self.leader

    def _happened(self, happening: Happening) -> None:
        self.role = NEXT_ROLE[self.role, happening]
