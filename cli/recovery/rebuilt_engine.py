"""An engine whose journal is lost, made again from the ledger: a foundation for a new journal,
which goes on with the ledger's next event.
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from accounts.wallet.recovered_money_repository import send_lost_again
from cli.recovery.backup_files import sync_directory
from cli.recovery.cursors import CHARTED
from cli.recovery.foundation import write_tape_of_foundation
from cli.recovery.ledger_state import ORDER_IDS_SKIPPED, LedgerState, ledger_state
from cli.recovery.rebuilt_ledger import CannotRebuild
from domain.client_order_ids import NO_CLIENT_ORDER_ID
from domain.commands import CancelOrder
from engine_core import load_core
from engine_core.order import Order
from engine_core.saved_state import save
from engine_service.config import SnapshotsConfig
from engine_service.data_files import DiskDirectory
from engine_service.journal import Journal
from engine_service.journal_record import Entry, RecordKind
from engine_service.journal_scan import JournalPoint
from engine_service.rolling_hash import HASH_BYTES
from engine_service.snapshot_file import Snapshot
from engine_service.snapshot_store import SnapshotStore
from schemas.codec import encode_command
from transport.saved_sessions import SavedSessions

_OPENED = struct.Struct("<QQ")
_STATE_HASH_BYTES = 16
_MOVE_CHARTS = "UPDATE md_cursor SET last_seq = $1 WHERE shard = 0 AND last_seq < $1"


_REPORT = """\
Rebuilt at event {cursor_seq:,}: {accounts:,} accounts, {orders:,} open orders. The next event is
event {next_seq:,}. What no ledger says, and so nobody knows any more:
  - what the engine acknowledged after that event and settlement had not written; order ids go on
    {skipped:,} later, so that none of those is given again
  - the place in their level of orders that were amended, rested or refilled after they came: all
    stand in the order in which they came
  - orders that a command was in the middle of are cancelled at the start: {cancelled}
  - answers to requests from before: a retry of an order is refused as KEY_REUSED, not executed
    again; an amendment from before may be executed again
  - dead-man switches, rate limits in use, breaker windows, legs without their list, best prices
    that trailing stops had seen, fractions of an atom that orders owed in fees
  - candles and public trades of events {uncharted_seq:,} to {cursor_seq:,}, if there are any:
    market data was behind the ledger
Money commands that the engine had executed after that event are sent to it again: {resent}."""


@dataclass(frozen=True, slots=True)
class RebuiltEngine:
    """What the new engine has; ``charted_seq``: up to where market data had come by itself;
    ``resent``: money commands that it will be sent again.
    """

    cursor_seq: int
    accounts: int
    orders: int
    unfinished: tuple[int, ...]
    charted_seq: int
    resent: int

    def as_text(self) -> str:
        """Return what was done and what cannot be known, in lines."""
        cancelled = ", ".join(map(str, self.unfinished)) or "none"
        return _REPORT.format(
            accounts=self.accounts,
            orders=self.orders,
            cursor_seq=self.cursor_seq,
            next_seq=self.cursor_seq + 1,
            skipped=ORDER_IDS_SKIPPED,
            cancelled=cancelled,
            uncharted_seq=self.charted_seq + 1,
            resent=self.resent,
        )


def rebuild_engine(database_url: str, engine_dir: Path) -> RebuiltEngine:
    """Found a new journal in ``engine_dir``, which must be empty, on what the ledger says.

    Raises:
        CannotRebuild: there are files of an engine, or the database cannot be read.
        OSError: the disk is full or failed.
    """
    if engine_dir.is_dir() and any(engine_dir.iterdir()):
        raise CannotRebuild(
            f"{engine_dir} is not empty: move what is left of the engine out of the way first, and "
            "keep it. If its journal is whole (openbell journal verify), nothing is to be rebuilt"
        )
    try:
        known, charted_seq, resent = asyncio.run(_read(database_url))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CannotRebuild(f"the database: {error}") from error
    _found(engine_dir, known)
    return RebuiltEngine(
        known.cursor.last_seq,
        len(known.state.accounts),
        len(known.state.open_orders),
        tuple(order.order_id for order in known.unfinished),
        charted_seq,
        resent,
    )


async def _read(database_url: str) -> tuple[LedgerState, int, int]:
    connection = await asyncpg.connect(database_url)
    try:
        known = await ledger_state(connection)
        charted_seq = await connection.fetchval(CHARTED)
        await connection.execute(_MOVE_CHARTS, known.cursor.last_seq)
        resent = await send_lost_again(connection)
        return known, min(charted_seq, known.cursor.last_seq), resent
    finally:
        await connection.close()


def _found(engine_dir: Path, known: LedgerState) -> None:
    saved = save(known.state)
    load_core().load(saved)  # what the engine will not take is not written
    directory = DiskDirectory(engine_dir)
    try:
        directory.lock()
        SnapshotStore(directory).found(
            Snapshot(
                point=JournalPoint(log_ts_ns=known.state.log_ts_ns),
                next_event_seq=known.state.next_event_seq,
                events_hash=bytes(HASH_BYTES),
                state_hash=saved[-_STATE_HASH_BYTES:],
                commands=0,
                sessions=SavedSessions([], []),
                state=saved,
            )
        )
        if known.unfinished:
            _cancel(directory, known, known.unfinished)
    finally:
        directory.close()
    trades = {id_: one.next_trade_id - 1 for id_, one in known.state.listings.items()}
    write_tape_of_foundation(engine_dir, known.cursor.chain, trades)
    sync_directory(engine_dir)


def _cancel(directory: DiskDirectory, known: LedgerState, orders: Sequence[Order]) -> None:
    """Begin the journal with the cancels of ``orders``: the engine's start executes them."""
    segment_bytes = SnapshotsConfig(engine_data_dir=Path(directory.path)).engine_segment_bytes
    journal = Journal(directory, segment_bytes=segment_bytes)
    try:
        assert not list(journal.replay())
        journal.start()
        session_id = secrets.randbits(64) or 1
        cancels = b"".join(
            encode_command(
                CancelOrder(
                    account_id=order.account_id,
                    instrument_id=order.instrument_id,
                    order_id=order.order_id,
                    client_order_id=NO_CLIENT_ORDER_ID,
                )
            )
            for order in orders
        )
        opened = _OPENED.pack(secrets.randbits(63) + 1, 0)
        journal.write(
            [
                Entry(RecordKind.SESSION_OPENED, session_id, 0, 1, opened),
                Entry(RecordKind.COMMANDS, session_id, 1, len(orders), cancels),
            ],
            log_ts_ns=known.state.log_ts_ns,
            first_event_seq=known.state.next_event_seq,
            events_hash=bytes(HASH_BYTES),
        )
        journal.flush()
    finally:
        journal.close()
