"""Rows of a batch on their way into PostgreSQL, in its binary COPY format: the reference.

The server takes these bytes as they are, so the types here must be those of the columns:
settlement compares them before it writes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

COPY_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
"""Signature, flags, length of the header extension."""
COPY_END: Final = b"\xff\xff"
_NULL: Final = b"\xff\xff\xff\xff"
_DIGIT_BASE: Final = 10_000


@dataclass(frozen=True, slots=True)
class CopyTable:
    """A table, its columns in order with their types, and which of them is summed, if any."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    total_at: int | None = None


def _table(name: str, columns: str, total: str = "") -> CopyTable:
    """``columns``: ``name:type`` each, in order; without a type it is int8."""
    pairs = [column.partition(":") for column in columns.split()]
    names = tuple(pair[0] for pair in pairs)
    types = tuple(pair[2] or "int8" for pair in pairs)
    return CopyTable(name, names, types, names.index(total) if total else None)


TRADES: Final = _table(
    "trades",
    "shard:int4 event_seq instrument_id trade_id maker_order_id taker_order_id "
    "maker_account_id taker_account_id maker_side:int2 aggressor_side:int2 price_ticks qty_lots "
    "quote_atoms maker_fee_atoms taker_fee_atoms ts_ns",
    total="quote_atoms",
)
TRANSFERS: Final = _table(
    "transfers",
    "shard:int4 event_seq leg:int2 code:int2 asset_id debit_account_id credit_account_id "
    "amount_atoms debit_after_atoms credit_after_atoms ts_ns",
    total="amount_atoms",
)
DEPOSITS: Final = _table(
    "deposits",
    "shard:int4 event_seq source_id source_seq account_id asset_id amount_atoms ts_ns",
    total="amount_atoms",
)
ORDERS: Final = _table(
    "orders",
    "order_id account_id instrument_id client_order_id:bytea side:int2 order_type:int2 "
    "time_in_force:int2 self_trade_prevention:int2 flags:int2 price_ticks qty_lots "
    "trigger_price_ticks trailing_bps:int4 hold_price_ticks display_qty_lots quote_budget_atoms "
    "leaves_qty_lots visible_qty_lots cum_qty_lots cum_quote_atoms:numeric fee_atoms:numeric "
    "status:int2 reason:int2 is_open:bool list_id contingency_type:int2 expire_s created_ts_ns "
    "updated_ts_ns created_seq updated_seq",
)
BALANCES: Final = _table(
    "balances",
    "account_id asset_id posted_atoms available_atoms held_atoms updated_seq",
)
COPY_TABLES: Final = (TRADES, TRANSFERS, DEPOSITS, ORDERS, BALANCES)


class CopyRows(list[tuple[Any, ...]]):
    """Rows of one table; the compiled twin keeps them as bytes only."""

    def __init__(self, table: CopyTable) -> None:
        super().__init__()
        self.table = table

    def total(self) -> int:
        """Return the sum of the table's summed column."""
        at = self.table.total_at
        assert at is not None, f"no column of {self.table.name} is summed"
        return sum(row[at] for row in self)

    def payload(self) -> bytes:
        """Return everything COPY is to be sent."""
        count = len(self.table.columns).to_bytes(2, "big")
        encoders = [_ENCODERS[type_] for type_ in self.table.types]
        rows = (
            count
            + b"".join(
                _NULL if field is None else encode(field)
                for encode, field in zip(encoders, row, strict=True)
            )
            for row in self
        )
        return b"".join((COPY_HEAD, *rows, COPY_END))


def order_rows(records: Iterable[Any]) -> CopyRows:
    """Return rows of ``orders`` with the records as they are now."""
    rows = CopyRows(ORDERS)
    rows.extend(tuple(getattr(one, name) for name in ORDERS.columns) for one in records)
    return rows


def _integer(size: int) -> Callable[[int], bytes]:
    head = size.to_bytes(4, "big")
    return lambda number: head + number.to_bytes(size, "big", signed=True)


def _bytea(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text


def _numeric(number: int) -> bytes:
    """A whole number ≥ 0: digits of base 10,000, the lowest ones left out while they are zero."""
    digits: list[int] = []
    while number:
        number, digit = divmod(number, _DIGIT_BASE)
        digits.append(digit)
    weight = max(len(digits) - 1, 0)
    while digits and not digits[0]:
        del digits[0]
    words = (len(digits), weight, 0, 0, *reversed(digits))
    return _bytea(b"".join(word.to_bytes(2, "big") for word in words))


_ENCODERS: Final[dict[str, Callable[[Any], bytes]]] = {
    "int2": _integer(2),
    "int4": _integer(4),
    "int8": _integer(8),
    "bool": _integer(1),
    "bytea": _bytea,
    "numeric": _numeric,
}
