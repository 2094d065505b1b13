"""What can go wrong in the bots' process."""


class BotError(Exception):
    """Root of this package's errors."""


class BadCredentials(BotError):
    """The credentials file is missing, unreadable or lacks a role."""


class UnknownStrategy(BotError):
    """A strategy name that no strategy has, or a file that holds none."""


class UnknownBot(BotError):
    """A bot's name that no bot has."""


class BotExists(BotError):
    """A bot of that name is there already."""


class BadParameter(BotError):
    """A parameter that a strategy does not have, or a value it does not take."""


class NoReference(BotError):
    """A source of prices that is not there, or not understood; the message says what to do."""
