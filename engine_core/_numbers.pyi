"""The numbers C knows the vocabulary by, for the test that holds them against domain's."""

from typing import Final

NUMBERS: Final[dict[str, dict[str, int]]]
LASTS: Final[dict[str, int]]
LIMITS: Final[dict[str, int]]
UNITS: Final[dict[str, int]]
