"""Which of an account's fills are one bot's, each counted once, whatever overtakes what."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from client.types import Fill

UNPLACED_MAX: Final = 1_000
"""Fills kept whose order is not known yet; past it they are another's."""


class OwnFills:
    """``is_ours`` says whether an order of a symbol is known to be the bot's."""

    def __init__(self, is_ours: Callable[[str, int], bool]) -> None:
        self._is_ours = is_ours
        self._last: dict[str, set[int]] = {}
        self._floor: dict[str, int] = {}
        self._unplaced: deque[Fill] = deque(maxlen=UNPLACED_MAX)
        self._has_begun = False

    def begin(self, recent: list[Fill]) -> None:
        """Count nothing of what was before the bot: ``recent`` is the first that is told. Later
        ones change nothing: they tell what was missed.
        """
        if self._has_begun:
            return
        self._has_begun = True
        for fill in recent:
            self._floor[fill.symbol] = max(self._floor.get(fill.symbol, 0), fill.trade_id)

    def take(self, fills: list[Fill]) -> Iterator[Fill]:
        """Yield those of ``fills``, and of those not placed before, that are new and ours."""
        waiting = [*self._unplaced, *fills]
        self._unplaced.clear()
        for fill in waiting:
            if fill.trade_id <= self._floor.get(fill.symbol, 0):
                continue
            if not self._is_ours(fill.symbol, fill.order_id):
                self._unplaced.append(fill)
            elif self._is_new(fill):
                yield fill

    def _is_new(self, fill: Fill) -> bool:
        seen = self._last.setdefault(fill.symbol, set())
        key = fill.trade_id * 2 + (fill.side == "buy")
        if key in seen:
            return False
        seen.add(key)
        if len(seen) > 2 * UNPLACED_MAX:
            kept = sorted(seen)[-UNPLACED_MAX:]
            self._last[fill.symbol] = set(kept)
            self._floor[fill.symbol] = kept[0] // 2 - 1
        return True
