"""Power cuts at any change of the disk, with any part of what was not synced lost: the real engine
goes on from what is left, and nothing that a client was told of may be missing.

A life is one disk through many cuts. At a cut the disk keeps what was synced and either the first
so many unsynced bytes or any subset of sectors and names; the next start has to find every
acknowledged command and event, every snapshot that was reported, and nothing that was not sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from domain.commands import Command
from engine_core import core_type
from engine_service.errors import EngineServiceError
from engine_service.snapshot_making import SnapshotMaker
from engine_service.snapshot_store import SnapshotStore
from schemas.codec import encode_command
from schemas.framing import MessageType
from schemas.layouts import OUTCOME_BYTES
from tests.integration.engine.venue import OPENING, order
from tests.simulation.disk import SimulatedDisk, Survives
from tests.unit.engine_service import rig as rigs
from tests.unit.engine_service.raw_session import RawSession
from tests.unit.engine_service.rig import Died, Rig

SESSION_ID: Final = 7
CUTS_PER_LIFE: Final = 20
TURNS_MAX: Final = 8
COMMANDS_PER_TURN_MAX: Final = 10
POWER_MAX: Final = 36
"""Changes and syncs until the cut: a start takes about ten of them, a turn three."""
SEGMENT_BYTES: Final = 1 << 14
SNAPSHOT_SHARE: Final = 0.05
PREFIX_SHARE: Final = 0.5
SURVIVAL_RATES: Final = (0.0, 0.1, 0.5, 0.9, 1.0)
COMMANDS_MAX: Final = len(OPENING) + CUTS_PER_LIFE * TURNS_MAX * COMMANDS_PER_TURN_MAX


def command(number: int) -> Command:
    """Return the client's command ``number``, counted from 1."""
    return OPENING[number - 1] if number <= len(OPENING) else order(number)


@dataclass
class Tally:
    """What happened in all lives."""

    cuts: int = 0
    cuts_while_starting: int = 0
    acknowledged: int = 0
    snapshots: int = 0
    unsynced_bytes: int = 0


class Expected:
    """The events of an engine that nothing ever happened to."""

    def __init__(self, twin: str) -> None:
        core = core_type(twin)()
        self._events: list[bytes] = [b""]
        self._core = core

    def after(self, commands: int) -> bytes:
        """Return all events after so many commands."""
        while len(self._events) <= commands:
            number = len(self._events)
            events, _ = self._core.apply(encode_command(command(number)), rigs.NOW_NS)
            self._events.append(self._events[-1] + events)
        return self._events[commands]


class Life:
    """One engine of one twin with one client, on one disk."""

    def __init__(self, seed: int, twin: str, expected: Expected, tally: Tally) -> None:
        self._random = Random(f"{seed} {twin}")
        self._twin = twin
        self._expected = expected
        self._tally = tally
        self._disk = SimulatedDisk()
        self._told = self._sent = 0
        self._told_events = self._snapshot = 0

    def live(self) -> None:
        """Go through the cuts, and start once more."""
        for _ in range(CUTS_PER_LIFE):
            self._disk.power_left = self._random.randrange(POWER_MAX)
            self._run_until_the_cut()
            self._tally.unsynced_bytes += self._disk.unsynced_bytes
            self._tally.cuts += 1
            self._disk = self._what_is_left()
        self._started().journal.close()
        self._tally.acknowledged += self._told

    def _run_until_the_cut(self) -> None:
        rig = None
        try:
            rig = self._started()
            self._trade(rig)
        except (Died, OSError, EngineServiceError):
            if not self._disk.is_off:
                raise
            self._tally.cuts_while_starting += rig is None
        finally:
            if rig is not None:
                rig.journal.close()

    def _what_is_left(self) -> SimulatedDisk:
        disk, random = self._disk, self._random
        if random.random() < PREFIX_SHARE:
            return disk.cut(random.randint(0, disk.unsynced_bytes))
        rate = random.choice(SURVIVAL_RATES)
        survives: Survives = lambda: random.random() < rate  # noqa: E731
        return disk.crash(survives)

    def _started(self) -> Rig:
        """Start, and look for all that was told of and nothing that was not sent."""
        rig = Rig(self._disk)
        last = rig.sessions.last_seq(SESSION_ID) if self._sent else 0
        assert self._told <= last <= self._sent, (self._told, last, self._sent)
        events = rig.event_log.read(1, 1 << 20)
        assert events == self._expected.after(last)
        assert rig.event_log.next_seq >= self._told_events + 1
        assert rig.warnings == []
        store = SnapshotStore(self._disk)
        indexes = [store.read(index).last_index for index in store.indexes()]
        assert max(indexes, default=0) >= self._snapshot
        self._sent = last
        return rig

    def _trade(self, rig: Rig) -> None:
        session = rig.welcomed(SESSION_ID, from_event_seq=1)
        for _ in range(self._random.randint(1, TURNS_MAX)):
            first = self._sent + 1
            count = self._random.randint(1, COMMANDS_PER_TURN_MAX)
            datagram = session.commands(first, *(command(first + at) for at in range(count)))
            self._sent += count
            self._read(session, rig.say(datagram))
            if self._random.random() < SNAPSHOT_SHARE:
                self._make_snapshot()

    def _read(self, session: RawSession, datagrams: list[bytes]) -> None:
        for datagram in datagrams:
            header, structs = session.open(datagram)
            if header.type is MessageType.ACK:
                self._told = max(self._told, header.seq + len(structs) // OUTCOME_BYTES - 1)
            elif header.type is MessageType.EVENTS:
                self._told_events = max(self._told_events, header.seq)

    def _make_snapshot(self) -> None:
        maker = SnapshotMaker(
            self._disk,
            segment_bytes=SEGMENT_BYTES,
            pure_python=self._twin == "reference",
            say=lambda _: None,
            looks_max=1,
        )
        if (made := maker.make()) is not None:
            self._snapshot = made.index
            self._tally.snapshots += 1


def cut_power(
    cuts: int, twin: str, first_seed: int = 1, progress: Callable[[Tally], None] = lambda _: None
) -> Tally:
    """Live through at least ``cuts`` power cuts on one twin.

    Raises:
        AssertionError, EngineServiceError: something was lost, made up, or kept a start.
    """
    rigs.TWIN, rigs.SEGMENT_BYTES = twin, SEGMENT_BYTES
    tally, expected, seed = Tally(), Expected(twin), first_seed
    while tally.cuts < cuts:
        try:
            Life(seed, twin, expected, tally).live()
        except (AssertionError, EngineServiceError) as error:
            error.add_note(f"seed {seed}, {twin} core, after {tally.cuts} cuts")
            raise
        progress(tally)
        seed += 1
    return tally
