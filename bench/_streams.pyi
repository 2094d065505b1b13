"""Streams as packed commands, and the fills in packed events, without an object for any of them."""

from collections.abc import Iterable

def book_commands(stream: bytes, *, price_max_ticks: int) -> bytes: ...
def core_commands(
    stream: bytes, patterns: bytes, *, first_account_id: int, accounts: int
) -> bytes: ...
def spread_orders(
    pattern: bytes,
    *,
    first_key: int,
    count: int,
    first_account_id: int,
    accounts: int,
    mid_ticks: int,
    levels: int,
    seed: int,
    crossing: bool = False,
) -> bytes: ...
def cancels_of(
    pattern: bytes, keys: Iterable[int], *, first_account_id: int, accounts: int
) -> bytes: ...

class FillDigest:
    fills: int
    def __init__(self, *, ids_before: int = 0) -> None: ...
    def take_book(self, events: bytes) -> None: ...
    def take_core(self, events: bytes) -> None: ...
    def take(self, maker: int, taker: int, price_ticks: int, qty_lots: int) -> None: ...
    def hexdigest(self) -> str: ...
