"""What can go wrong in a replay."""


class ReplayError(Exception):
    """Root of this package's errors."""


class BadStream(ReplayError):
    """The file is not an order stream; the message says where it goes wrong."""


class EngineRefused(ReplayError):
    """The engine refused what the replay needs before it can begin."""


class EngineDidNotStart(ReplayError):
    """The replay's own engine did not come up; the message carries its last log lines."""


class BadFaults(ReplayError):
    """A rate of faults that is no rate, or too much for any protocol."""


class CommandsLost(ReplayError):
    """The engine ended the session, or did not answer in time: the run came to nothing."""
