"""The end of a run looked at as a whole: the log executed again by everybody, and all compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from accounts.settling.batch import chain_after
from accounts.settling.ledger import EXTERNAL_ACCOUNT_ID
from domain.client_order_ids import pack_client_order_id
from domain.events import BalanceChanged, Event, OrderAccepted
from domain.orders import Side
from engine_core import core_type
from engine_service.event_log import EventLog
from engine_service.journal_record import RecordKind
from engine_service.journal_scan import JournalScan
from engine_service.journal_segments import Segments
from schemas.layouts import COMMAND_BYTES
from tests.property.facts_of_events import facts_of_events
from tests.property.invariants import Invariants
from tests.property.naive_matcher import NaiveMatcher
from tests.simulation.cores import BOUNDS, WatchedCore
from tests.simulation.processes import SEGMENT_BYTES
from tests.simulation.scheduler import Process
from tests.simulation.venue import INSTRUMENTS
from tests.simulation.witness import hold, split_outcomes

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass(frozen=True, slots=True)
class Log:
    """What the journal of a run came to."""

    commands: int
    events: int
    digest: str


def check_everything(world: World) -> Log:
    """Compare all there is with all there is.

    Raises:
        Violation: something does not agree.
    """
    engine = world.core
    assert engine is not None
    world.host_disk.put_right()
    entries = _entries(world)
    again = core_type("compiled")(**BOUNDS)
    said: list[bytes] = []
    answers: list[tuple[bytes, bytes]] = []
    for commands, ts_ns in entries:
        produced, outcomes = again.apply(commands, ts_ns)
        said.append(produced)
        answers += split_outcomes(commands, outcomes)
    stream = b"".join(said)
    hold(again.state_hash() == engine.state_hash(), "replay of the log leads to another state")
    _check_event_log(world, stream)
    world.witness.check_log(answers)
    events = world.witness.check_events(stream)
    _check_people(world, events)
    _check_ledger(world, engine, stream)
    _check_withdrawals(world, events)
    _check_gateways(world, engine)
    if world.options.naive:
        _check_by_naive(entries, events, engine)
        _check_invariants(entries)
    digest = blake2b(stream + again.state_hash(), digest_size=8).hexdigest()
    return Log(len(answers), len(events), digest)


def _entries(world: World) -> list[tuple[bytes, int]]:
    """Return (commands, log time) of every record of the journal; none where only time passed."""
    reader = Process(world.loop, "engine")
    segments = Segments(world.host_disk.opened_by(reader), SEGMENT_BYTES)
    return [
        (
            record.entry.payload if record.entry.kind is RecordKind.COMMANDS else b"",
            record.log_ts_ns,
        )
        for record in JournalScan(segments).records()
        if record.entry.kind in (RecordKind.COMMANDS, RecordKind.TIME)
    ]


def _check_event_log(world: World, stream: bytes) -> None:
    event_log = EventLog(world.host_disk.opened_by(Process(world.loop, "engine")))
    event_log.resume(1 << 40)
    kept = event_log._file(1).read(len(stream) + 1, 0) if stream else b""
    hold(kept.rstrip(b"\0") == stream.rstrip(b"\0"), "the event log is not what the log leads to")


def _check_people(world: World, events: list[Event]) -> None:
    entered = {
        (event.account_id, event.client_order_id): event
        for event in events
        if isinstance(event, OrderAccepted)
    }
    for trader in world.traders:
        for key, answer in trader.answers.items():
            found = entered.get((trader.account_id, pack_client_order_id(key)))
            if answer.order_id:
                hold(found is not None, f"{key} was acknowledged and never entered")
                assert found is not None
                hold(found.order_id == answer.order_id, f"{key} was told another order's id")
            else:
                hold(found is None, f"{key} was refused ({answer.refusal}) and entered")


def _check_ledger(world: World, engine: WatchedCore, stream: bytes) -> None:
    database = world.database
    hold(database.cursor["chain"] == chain_after(bytes(16), stream), "settled other events")
    owned = {
        (row["account_id"], row["asset_id"]): (row["available_atoms"], row["held_atoms"])
        for row in database.tables["balances"].values()
        if row["account_id"] != EXTERNAL_ACCOUNT_ID
        and (row["available_atoms"] or row["held_atoms"])
    }
    expected = {row[:2]: row[2:] for row in engine.balances()}
    hold(owned == expected, f"the ledger has {owned}, the engine {expected}")
    posted: Counter[Any] = Counter()
    for row in database.tables["transfers"].values():
        posted[row["debit_account_id"], row["asset_id"]] -= row["amount_atoms"]
        posted[row["credit_account_id"], row["asset_id"]] += row["amount_atoms"]
    for row in database.tables["balances"].values():
        key = (row["account_id"], row["asset_id"])
        hold(row["posted_atoms"] == posted[key], f"{key}: its transfers sum to {posted[key]}")
    _check_bank(world)
    open_orders = [
        (order["order_id"], order["leaves_qty_lots"], order["cum_qty_lots"])
        for _, order in sorted(database.tables["orders"].items())
        if order["is_open"]
    ]
    hold(
        open_orders == [(row[0], row[6], row[7]) for row in engine.orders()],
        "the ledger has other open orders than the engine",
    )


def _check_bank(world: World) -> None:
    sums: Counter[int] = Counter()
    for row in world.database.tables["deposits"].values():
        sums[row["asset_id"]] += row["amount_atoms"]
    for row in world.database.tables["pending_transfers"].values():
        sums[row["asset_id"]] -= row["posted_atoms"]
    hold(sums == Counter(world.bank.sums), f"brought {world.bank.sums}, settled {sums}")


def _check_withdrawals(world: World, events: list[Event]) -> None:
    rows = world.database.tables["pending_transfers"].values()
    stored = [
        (
            row["source_seq"],
            row["pending_ref"] or row["source_seq"],
            row["debit_account_id"],
            row["asset_id"],
            row["pending_atoms"],
            row["posted_atoms"],
        )
        for row in rows
    ]
    told = [
        (
            event.source_seq,
            event.withdrawal_seq,
            event.account_id,
            event.asset_id,
            event.withdrawal_atoms,
            -event.amount_atoms,
        )
        for event in events
        if isinstance(event, BalanceChanged) and event.withdrawal_seq
    ]
    hold(stored == told, f"the ledger has {stored} on its way out, the engine told {told}")
    posted = {row["event_seq"]: row["posted_atoms"] for row in rows if row["posted_atoms"]}
    left = {
        row["event_seq"]: row["amount_atoms"]
        for row in world.database.tables["transfers"].values()
        if row["credit_account_id"] == EXTERNAL_ACCOUNT_ID
    }
    hold(left == posted, f"{left} has left, {posted} was posted")


def _check_gateways(world: World, engine: WatchedCore) -> None:
    expected = [row[0] for row in engine.orders()]
    for gateway in world.gateways:
        projection = gateway.feed.projection
        hold(sorted(projection.open_orders) == expected, f"{gateway.name} shows other orders")
        for terms in INSTRUMENTS:
            book = projection.markets[terms.instrument_id].book
            shown = tuple([tuple(level) for level in book.top(side, 100)] for side in Side)
            depth = engine.depth(terms.instrument_id, 100)
            hold(shown == depth, f"{gateway.name} shows {shown}, the book is {depth}")


def _check_by_naive(
    entries: list[tuple[bytes, int]], events: list[Event], engine: WatchedCore
) -> None:
    naive = NaiveMatcher()
    naive.run(_one_by_one(entries))
    hold(naive.facts == facts_of_events(events), "the naive matcher finds other facts")
    hold(naive.open_orders() == engine.orders(), "the naive matcher has other open orders")
    hold(naive.balances() == engine.balances(), "the naive matcher has other balances")


def _one_by_one(entries: list[tuple[bytes, int]]) -> list[tuple[bytes, int]]:
    single: list[tuple[bytes, int]] = []
    for commands, ts_ns in entries:
        if not commands:
            single.append((b"", ts_ns))
        for at in range(0, len(commands), COMMAND_BYTES):
            single.append((commands[at : at + COMMAND_BYTES], ts_ns))
    return single


def _check_invariants(entries: list[tuple[bytes, int]]) -> None:
    core, invariants = core_type("compiled")(**BOUNDS), Invariants(INSTRUMENTS)
    for command, ts_ns in _one_by_one(entries):
        invariants.read(*core.apply(command, ts_ns))
        invariants.check(core)
