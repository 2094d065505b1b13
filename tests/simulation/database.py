"""PostgreSQL as settlement sees it: rows, transactions, and connections that break at any call.

Statements are known by the text that the product's own files give them. A transaction that has
moved the settlement cursor holds its row: another one waits, and then finds it moved. A commit that
gets no answer may have happened.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any, Final

import asyncpg

from accounts.database import load_queries
from accounts.settling.copy_rows import COPY_END, COPY_HEAD, COPY_TABLES
from tests.simulation.scheduler import Process, current_process

Row = dict[str, Any]
CALL_S: Final = 0.002
PACES: Final = (0.3, 1, 4)
"""How slow a connection is: one of these."""
LOCK_WAIT_S: Final = 0.01

_NAMES: Final[dict[str, str]] = {
    text: name
    for file in ("ledger", "orders", "venue", "venue_settings")
    for name, text in load_queries(file).items()
}
_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "transfers": ("shard", "event_seq", "leg"),
    "trades": ("shard", "event_seq"),
    "deposits": ("source_id", "source_seq"),
    "pending_transfers": ("source_id", "source_seq"),
    "account_transfers": ("source_id", "source_seq"),
    "balances": ("account_id", "asset_id"),
    "orders": ("order_id",),
    "order_lists": ("list_id",),
    "instruments": ("instrument_id",),
    "instrument_units": ("instrument_id", "from_seq"),
    "instrument_versions": ("instrument_id", "event_seq"),
    "assets": ("asset_id",),
    "engine_accounts": ("account_id",),
}
_NOT_NEGATIVE: Final = {
    "transfers": ("amount_atoms",),
    "trades": ("price_ticks", "qty_lots", "quote_atoms"),
    "deposits": ("amount_atoms",),
    "pending_transfers": ("pending_atoms",),
    "account_transfers": ("amount_atoms",),
    "balances": ("available_atoms", "held_atoms"),
}
_CHANGING: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "update_balances": (
        "balances",
        tuple("account_id asset_id posted_atoms available_atoms held_atoms updated_seq".split()),
    ),
    "update_instruments": (
        "instruments",
        tuple("instrument_id trading_status book_seq last_trade_price_ticks next_trade_id".split()),
    ),
    "update_orders": (
        "orders",
        tuple(
            "order_id price_ticks qty_lots trigger_price_ticks hold_price_ticks display_qty_lots "
            "leaves_qty_lots visible_qty_lots cum_qty_lots cum_quote_atoms fee_atoms status reason "
            "is_open updated_ts_ns updated_seq".split()
        ),
    ),
}
_INSERTED: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "insert_pending": (
        "pending_transfers",
        tuple(
            "shard event_seq phase source_id source_seq pending_ref asset_id debit_account_id "
            "credit_account_id pending_atoms posted_atoms ts_ns".split()
        ),
    ),
    "insert_account_transfer": (
        "account_transfers",
        tuple(
            "shard event_seq source_id source_seq reason asset_id from_account_id to_account_id "
            "amount_atoms ts_ns".split()
        ),
    ),
}
_TERMS: Final = (
    "instrument_id quote_atoms_per_tick_lot base_atoms_per_lot maker_fee_ppm taker_fee_ppm "
    "band_bps min_notional_atoms price_max_ticks qty_max_lots status_cause auction_ends_ns "
    "collar_bps breaker_bps breaker_window_s auction_s reference_price_ticks"
).split()
_INT_BYTES: Final = {"int2": 2, "int4": 4, "int8": 8}
_VALUES: Final = {"schema_fingerprint": "one schema", "settlement_role": None}
_SETTINGS: Final = frozenset(load_queries("venue_settings").values())


class _Record(dict[str, Any]):
    """A row by name and by position, as asyncpg gives it."""

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, int):
            return list(self.values())[key]
        return super().__getitem__(key)

    def __iter__(self) -> Any:
        return iter(self.values())


class Database:
    """The server: what is committed, who holds the cursor's row, and whether it can be reached."""

    def __init__(self, random: Random) -> None:
        self.tables: dict[str, dict[tuple[Any, ...], Row]] = {name: {} for name in _KEYS}
        self.cursor: Row = {"last_seq": 0, "chain": bytes(16), "epoch": 0}
        self.settings: list[tuple[str, tuple[Any, ...]]] = []
        self.connections: list[Connection] = []
        self.is_away = False
        self.break_share = 0.0
        """Share of calls at which the connection breaks."""
        self.unsaid_share = 0.0
        """Share of commits that happen or not, and whose answer never comes."""
        self.holder: Connection | None = None
        self.random = random

    async def connect(self) -> Connection:
        """Return a connection of the current process.

        Raises:
            OSError: the server is away.
        """
        await asyncio.sleep(CALL_S)
        if self.is_away:
            raise ConnectionRefusedError("simulated: no server")
        process = current_process()
        assert process is not None
        connection = Connection(self, process)
        self.connections.append(connection)
        process.on_end.append(connection.terminate)
        return connection

    def stop(self) -> None:
        """End every connection at once, undoing what was not committed."""
        self.is_away = True
        for connection in list(self.connections):
            connection.terminate()


class Connection:
    """One session with the server, as asyncpg.Connection is used."""

    def __init__(self, database: Database, process: Process) -> None:
        self._database = database
        self._process = process
        self._is_open = True
        self._call_s = CALL_S * database.random.choice(PACES)
        self._undo: list[Callable[[], None]] | None = None
        self._cursor_before: Row | None = None

    # ---- transactions --------------------------------------------------------------------------

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Commit what the block does, or undo it if it raises."""
        await self._call()
        self._undo = []
        is_done = False
        try:
            yield
            await self._call()
            is_done = True
        finally:
            if not is_done:
                self._roll_back()
        self._commit()

    def _commit(self) -> None:
        database = self._database
        if database.random.random() < database.unsaid_share:
            if database.random.random() < 0.5:
                self._roll_back()
            else:
                self._forget_undo()
            self.terminate()
            raise asyncpg.InterfaceError("simulated: the connection broke at the commit")
        self._forget_undo()

    def _forget_undo(self) -> None:
        self._undo = None
        self._cursor_before = None
        if self._database.holder is self:
            self._database.holder = None

    def _roll_back(self) -> None:
        for undo in reversed(self._undo or []):
            undo()
        self._forget_undo()

    def terminate(self) -> None:
        """End the session; what was not committed is undone."""
        if self._is_open:
            self._is_open = False
            self._database.connections.remove(self)
            self._roll_back()

    async def close(self) -> None:
        """End the session."""
        self.terminate()

    async def _call(self) -> None:
        database = self._database
        await asyncio.sleep(self._call_s * (0.5 + database.random.random()))
        if self._is_open and database.random.random() < database.break_share:
            self.terminate()
        if not self._is_open:
            raise asyncpg.InterfaceError("simulated: the connection is closed")

    def _did(self, undo: Callable[[], None]) -> None:
        if self._undo is not None:
            self._undo.append(undo)

    # ---- statements ----------------------------------------------------------------------------

    async def fetchrow(self, statement: str, *arguments: Any) -> _Record | None:
        """Return the first row."""
        await self._call()
        name = _NAMES[statement]
        if name == "read_cursor":
            return _Record(self._cursor_seen())
        if name == "update_balances":
            return self._update_balances(arguments)
        if name == "read_back":
            return self._read_back(*arguments[1:])
        raise KeyError(f"the simulated database does not know {name}")

    def _cursor_seen(self) -> Row:
        holder = self._database.holder
        if holder is not None and holder is not self and holder._cursor_before is not None:
            return holder._cursor_before
        return self._database.cursor

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        """Return the first value of the first row."""
        await self._call()
        return _VALUES[_NAMES[statement]]

    async def fetch(self, statement: str, *arguments: Any) -> list[_Record]:
        """Return all rows."""
        await self._call()
        tables = self._database.tables
        name = _NAMES[statement]
        if name == "balances_of":
            wanted = set(arguments[0])
            columns = ("account_id", "asset_id", "posted_atoms", "available_atoms", "held_atoms")
            return [
                _Record({column: row[column] for column in columns})
                for key, row in tables["balances"].items()
                if key[0] in wanted
            ]
        if name in ("orders_by_id", "instruments_by_id"):
            table = tables["orders" if name == "orders_by_id" else "instruments"]
            return [_Record(table[key,]) for key in arguments[0] if (key,) in table]
        if name == "all_instruments":
            return [_Record(row) for _, row in sorted(tables["instruments"].items())]
        if name == "column_types":
            return [
                _Record(table_name=table.name, column_name=column, type_name=type_)
                for table in COPY_TABLES
                for column, type_ in zip(table.columns, table.types, strict=True)
            ]
        if name == "last_list":
            lists = sorted(tables["order_lists"].values(), key=lambda row: row["created_seq"])
            return [_Record(row) for row in lists[-1:]]
        raise KeyError(f"the simulated database does not know {name}")

    async def execute(self, statement: str, *arguments: Any) -> str:
        """Change rows; return what PostgreSQL says it did."""
        await self._call()
        name = _NAMES[statement]
        if name == "add_transfer_partition":
            return "SELECT 1"
        if name == "advance_cursor":
            return await self._advance_cursor(*arguments)
        if statement in _SETTINGS:
            self._database.settings.append((name, arguments))
            self._did(self._database.settings.pop)
            return "UPDATE 1"
        if name == "update_terms":
            return f"UPDATE {self._update('instruments', _TERMS, [arguments])}"
        table, columns = _CHANGING[name]
        return f"UPDATE {self._update(table, columns, zip(*arguments, strict=True))}"

    async def copy_records_to_table(
        self, table: str, *, records: Iterable[Any], columns: Sequence[str], schema_name: str
    ) -> str:
        """Add rows; return what PostgreSQL says it did.

        Raises:
            asyncpg.PostgresError: a key is there already, or an amount is below zero.
        """
        await self._call()
        rows, count = self._database.tables[table], 0
        for record in records:
            row = dict(zip(columns, record, strict=True))
            key = tuple(row[name] for name in _KEYS[table])
            if key in rows:
                raise asyncpg.UniqueViolationError(f"simulated: {table} {key} is there")
            _check(table, row)
            rows[key] = row
            self._did(lambda key=key: rows.pop(key, None))  # type: ignore[misc]
            count += 1
        return f"COPY {count}"

    async def executemany(self, statement: str, records: Iterable[Any]) -> None:
        """Add rows by a statement of the product.

        Raises:
            asyncpg.PostgresError: as ``copy_records_to_table``.
        """
        table, columns = _INSERTED[_NAMES[statement]]
        await self.copy_records_to_table(
            table, records=records, columns=columns, schema_name="accounts"
        )

    async def copy_to_table(
        self,
        name: str,
        *,
        source: memoryview,
        columns: Sequence[str],
        schema_name: str,
        format: str,
    ) -> str:
        """Add rows that come in PostgreSQL's binary form; return what PostgreSQL says it did."""
        assert format == "binary"
        (table,) = (table for table in COPY_TABLES if table.name == name)
        records = binary_rows(bytes(source), table.types)
        return await self.copy_records_to_table(
            name, records=records, columns=columns, schema_name=schema_name
        )

    async def _advance_cursor(
        self, shard: int, before_seq: int, after_seq: int, chain: bytes, epoch: int
    ) -> str:
        database = self._database
        while database.holder not in (None, self):
            await asyncio.sleep(LOCK_WAIT_S)
            await self._call()
        if database.cursor["last_seq"] != before_seq or database.cursor["epoch"] > epoch:
            return "UPDATE 0"
        before = database.cursor
        database.cursor = {"last_seq": after_seq, "chain": chain, "epoch": epoch}
        if self._undo is not None:
            database.holder = self
            self._cursor_before = before
            self._did(lambda: setattr(database, "cursor", before))
        return "UPDATE 1"

    def _update(self, table: str, columns: Sequence[str], changes: Iterable[Sequence[Any]]) -> int:
        rows, count = self._database.tables[table], 0
        width = len(_KEYS[table])
        for change in changes:
            key = tuple(change[:width])
            if key not in rows:
                continue
            before = rows[key]
            row = before | dict(zip(columns, change, strict=True))
            _check(table, row)
            rows[key] = row
            self._did(lambda key=key, before=before: rows.__setitem__(key, before))  # type: ignore[misc]
            count += 1
        return count

    def _update_balances(self, arguments: Sequence[Sequence[int]]) -> _Record:
        table, columns = _CHANGING["update_balances"]
        changes = list(zip(*arguments, strict=True))
        known = [change for change in changes if change[:2] in self._database.tables[table]]
        self._update(table, columns, changes)
        sums = [str(sum(change[at] for change in known)) for at in (2, 3, 4)]
        names = ("rows", "posted_atoms", "available_atoms", "held_atoms")
        return _Record(zip(names, (len(known), *sums), strict=True))

    def _read_back(
        self, first_seq: int, last_seq: int, first_order_id: int, last_order_id: int
    ) -> _Record:
        found = _Record()
        for table, amount in (
            ("transfers", "amount_atoms"),
            ("trades", "quote_atoms"),
            ("deposits", "amount_atoms"),
        ):
            self._count(found, table, amount, first_seq, last_seq)
        found["orders"] = sum(
            first_order_id <= row["order_id"] <= last_order_id
            and first_seq <= row["created_seq"] <= last_seq
            for row in self._database.tables["orders"].values()
        )
        for table, amount in (
            ("pending_transfers", "pending_atoms"),
            ("account_transfers", "amount_atoms"),
        ):
            self._count(found, table, amount, first_seq, last_seq)
        return found

    def _count(
        self, found: _Record, table: str, amount: str, first_seq: int, last_seq: int
    ) -> None:
        rows = [
            row
            for row in self._database.tables[table].values()
            if first_seq <= row["event_seq"] <= last_seq
        ]
        found[table] = len(rows)
        found[f"{table} {amount}"] = str(sum(row[amount] for row in rows))


def _check(table: str, row: Row) -> None:
    for column in _NOT_NEGATIVE.get(table, ()):
        if row[column] < (0 if table == "balances" else 1) and row.get("account_id", 1):
            raise asyncpg.CheckViolationError(f"simulated: {table}.{column} is {row[column]}")


def binary_rows(data: bytes, types: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return the rows of a COPY in binary form, read as the server reads them.

    Raises:
        asyncpg.PostgresError: it is not of that form.
    """
    if not data.startswith(COPY_HEAD) or not data.endswith(COPY_END):
        raise asyncpg.BadCopyFileFormatError("simulated: not a COPY in binary form")
    at, rows = len(COPY_HEAD), []
    while data[at : at + 2] != COPY_END:
        if int.from_bytes(data[at : at + 2], "big") != len(types):
            raise asyncpg.BadCopyFileFormatError("simulated: a row of another width")
        at += 2
        row = []
        for type_ in types:
            length = int.from_bytes(data[at : at + 4], "big")
            row.append(_field(type_, data[at + 4 : at + 4 + length]))
            at += 4 + length
        rows.append(tuple(row))
    if at + len(COPY_END) != len(data):
        raise asyncpg.BadCopyFileFormatError("simulated: something follows the end")
    return rows


def _field(type_: str, data: bytes) -> Any:
    if type_ == "bytea":
        return data
    if type_ == "bool":
        return data != b"\0"
    if type_ != "numeric":
        if len(data) != _INT_BYTES[type_]:
            raise asyncpg.BadCopyFileFormatError(f"simulated: {len(data)} bytes for {type_}")
        return int.from_bytes(data, "big", signed=True)
    count, weight, sign, scale, *digits = struct.unpack(f">{len(data) // 2}H", data)
    assert count == len(digits) and not sign and not scale
    return sum(digit * 10_000 ** (weight - at) for at, digit in enumerate(digits))
