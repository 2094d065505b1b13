"""What can go wrong in the bots' process."""


class BotError(Exception):
    """Root of this package's errors."""


class BadCredentials(BotError):
    """The credentials file is missing, unreadable or lacks a role."""


class UnknownStrategy(BotError):
    """A strategy name that no strategy has."""
