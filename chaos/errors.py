"""What can keep chaos from saying whether the exchange held."""


class ChaosError(Exception):
    """Root of this package's faults. The message says what to do."""


class DidNotHeal(ChaosError):
    """Something does not serve again although nothing is done to it any more."""
