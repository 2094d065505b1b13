"""The compiled twin of settlement's fold."""

from accounts.settling import batch, order_history

def unknown(
    data: bytes, orders: dict[int, order_history.OrderRecord], account_ids: set[int]
) -> tuple[set[int], set[int], list[int]]: ...

class Folding:
    def __init__(self, batch: batch.Batch) -> None: ...
    def take(self, data: bytes) -> None: ...
