"""What can keep the engine from starting, or stop it."""


class EngineServiceError(Exception):
    """Root of this package's faults. Each message says what is wrong and what to do about it."""


class DirectoryInUse(EngineServiceError):
    """Another engine holds the lock of the data directory."""


class JournalDamaged(EngineServiceError):
    """A record that was durable is unreadable or missing. Nothing was changed on disk."""


class JournalBehind(EngineServiceError):
    """A database knows of events that the journal does not lead to."""


class JournalFailed(EngineServiceError):
    """A write or a flush of the journal failed: what is durable is unknown, so the process must
    end.
    """


class EventLogDamaged(EngineServiceError):
    """The event log holds other events than the journal produces."""


class ArchiveDamaged(EngineServiceError):
    """What was archived cannot be read, or is not what was put there."""


class BackupMarkDamaged(EngineServiceError):
    """The note of the last verified backup cannot be read."""


class ReplayDiverged(EngineServiceError):
    """Replay does not produce what the journal says was produced before."""


class SnapshotDamaged(EngineServiceError):
    """A snapshot is unreadable or not of this version: an older one may do."""


class SnapshotRefused(EngineServiceError):
    """A snapshot is whole, but the journal beside it is not the one it was made of."""


class SnapshotBusy(EngineServiceError):
    """Another process makes a snapshot of the same directory."""


class ClockRefused(EngineServiceError):
    """The wall clock is implausibly far from the journal's last time."""


class StartInterrupted(EngineServiceError):
    """It was told to stop before it served."""


class Deposed(EngineServiceError):
    """Another replica leads: what this one has not released, it never may."""


class LogForked(EngineServiceError):
    """The replicated log and this replica's journal do not say the same."""


class LogBehind(EngineServiceError):
    """The replicated log lacks records that were acknowledged."""


class LogNotFounded(EngineServiceError):
    """The log is empty, but the journal is not: an operator must say that this is meant."""


class ReplicaTooOld(EngineServiceError):
    """The log no longer has what this replica's journal needs next."""
