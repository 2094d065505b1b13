"""Fewer and fewer commands that still show the same fault."""

from collections.abc import Callable
from typing import TypeVar

Item = TypeVar("Item")


def shrunk(
    items: list[Item], fails: Callable[[list[Item]], bool], *, go_on: Callable[[], bool]
) -> list[Item]:
    """Return some of ``items``, in order, that still fail: pieces are left out, large ones first,
    until none can be, or until ``go_on`` says no.
    """
    piece = max(1, len(items) // 2)
    while go_on():
        fewer = _without_pieces(items, piece, fails, go_on)
        if piece == 1 and len(fewer) == len(items):
            return items
        items = fewer
        piece = max(1, min(piece // 2, len(items) // 2))
    return items


def _without_pieces(
    items: list[Item], piece: int, fails: Callable[[list[Item]], bool], go_on: Callable[[], bool]
) -> list[Item]:
    """Leave out every stretch of ``piece`` items that is not needed, from the end on: what comes
    last depends on what came before, not the other way round.
    """
    end = len(items)
    while end > 0 and go_on():
        start = max(0, end - piece)
        candidate = items[:start] + items[end:]
        if fails(candidate):
            items = candidate
        end = start
    return items
