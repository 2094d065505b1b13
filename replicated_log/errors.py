"""What can go wrong with the log itself; a lost race is an outcome, not an error."""


class LogError(Exception):
    """Root of this package's errors."""


class LogUnavailable(LogError):
    """The log cannot be asked now: ask again."""


class LogTrimmed(LogError):
    """What was asked for is below the first entry kept."""

    def __init__(self, first_seq: int) -> None:
        super().__init__(f"the log begins at entry {first_seq}: start from a newer snapshot")
        self.first_seq = first_seq


class LogRefused(LogError):
    """The log is set up differently than it must be, or its rights forbid the call; the message
    says what to do.
    """


class LogDamaged(LogError):
    """Entries that were acknowledged are missing or unreadable."""


class Fenced(LogError):
    """Another writer's entry is where ours should be: we do not lead any more."""

    def __init__(self, head_seq: int) -> None:
        super().__init__(f"another replica has written to the log, which has {head_seq} entries")
        self.head_seq = head_seq
