"""What can be wrong with bytes from outside."""


class WireError(Exception):
    """Root of everything that is wrong with received bytes."""


class Malformed(WireError):
    """Not the canonical form: a wrong length, an unknown kind, a value outside its enumeration, a
    reserved byte set.
    """


class NotAuthentic(WireError):
    """The message authentication code does not belong to these bytes."""
