"""What must hold whatever happens, looked at as it happens and once more at the end.

The witness has its own record of what was asked, answered and seen. It shares no code with the
engine's decisions.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from domain.events import (
    BalanceChanged,
    Event,
    OrderAccepted,
    OrderListAccepted,
    Outcome,
    OutcomeResult,
    TradingStatusChanged,
    Transferred,
)
from domain.orders import Side, TradingStatus
from schemas.codec import decode_event, decode_outcomes
from schemas.layouts import COMMAND_BYTES, EVENT_BYTES, OUTCOME_BYTES
from tests.simulation.cores import Position, WatchedCore
from tests.simulation.venue import INSTRUMENTS

_TERMS: Final = {terms.instrument_id: terms for terms in INSTRUMENTS}

_Group = tuple[object, bytes, int, bytes, bytes]
"""Key of the position where it began, commands, time, events, outcomes."""


class Violation(Exception):
    """Something happened that must never happen."""


def hold(is_so: bool, otherwise: str) -> None:
    """Return if it is so.

    Raises:
        Violation: it is not.
    """
    if not is_so:
        raise Violation(otherwise)


class Witness:
    """Of one run."""

    def __init__(self) -> None:
        self.asked: set[bytes] = set()
        """Every command that somebody gave to a session."""
        self.answers: dict[bytes, list[Outcome]] = {}
        """The engine's answers to each that were heard. A command without a key may be sent, and
        so answered, several times.
        """
        self.seen: dict[int, bytes] = {}
        """Every event that any reader was given."""
        self._decoded: dict[bytes, Event] = {}
        self._positions: dict[_Group, Position] = {}
        """Where every group led that was looked at."""

    # ---- as it happens -------------------------------------------------------------------------

    def was_asked(self, command: bytes) -> None:
        """Take note of a command on its way."""
        self.asked.add(command)

    def was_answered(self, command: bytes, outcome: Outcome) -> None:
        """Take note of an answer."""
        self.answers.setdefault(command, []).append(outcome)

    def was_seen(self, first_seq: int, events: bytes) -> None:
        """Take note of what a reader was given."""
        for at in range(0, len(events), EVENT_BYTES):
            seq = first_seq + at // EVENT_BYTES
            event = events[at : at + EVENT_BYTES]
            before = self.seen.setdefault(seq, event)
            hold(before == event, f"event {seq} was told in two ways")

    def was_applied(
        self, core: WatchedCore, commands: bytes, ts_ns: int, events: bytes, outcomes: bytes
    ) -> None:
        """Look at the state after a group of commands, unless the same groups before it led there
        in an earlier life of the engine: what they lead to was looked at then.
        """
        before = core.position
        group = (before.key, commands, ts_ns, events, outcomes)
        known = self._positions.get(group)
        if known is not None:
            core.position = known
            return
        supply, status = before.supply.copy(), before.status.copy()
        for at in range(0, len(commands), COMMAND_BYTES):
            command = commands[at : at + COMMAND_BYTES]
            hold(command in self.asked, "the engine executes what nobody asked for")
        for at in range(0, len(events), EVENT_BYTES):
            event = self._decoded_event(events[at : at + EVENT_BYTES])
            if isinstance(event, BalanceChanged):
                supply[event.asset_id] += event.amount_atoms
            elif isinstance(event, TradingStatusChanged):
                status[event.instrument_id] = event.trading_status
        core.position = Position(len(self._positions) + 1, supply, status)
        self.check(core)
        self._positions[group] = core.position

    def _decoded_event(self, data: bytes) -> Event:
        event = self._decoded.get(data)
        if event is None:
            event = self._decoded[data] = decode_event(data)
        return event

    def check(self, core: WatchedCore) -> None:
        """Look at money, holds and books."""
        owned: Counter[int] = Counter()
        held: dict[tuple[int, int], int] = {}
        for account_id, asset_id, available_atoms, held_atoms in core.balances():
            hold(
                available_atoms >= 0 and held_atoms >= 0,
                f"account {account_id} has {available_atoms} and {held_atoms} held of {asset_id}",
            )
            owned[asset_id] += available_atoms + held_atoms
            if held_atoms:
                held[account_id, asset_id] = held_atoms
        supply = core.position.supply
        hold(owned == supply, f"there should be {supply} of each asset, and is {owned}")
        self._check_holds(core, held)
        self._check_books(core)

    def _check_holds(self, core: WatchedCore, held: dict[tuple[int, int], int]) -> None:
        due: Counter[tuple[int, int]] = Counter()
        for _, _, account_id, asset_id, atoms in core.withdrawals():
            due[account_id, asset_id] += atoms
        open_ended = set()
        for _, account_id, instrument_id, side, price_ticks, _, leaves_lots, _ in core.orders():
            terms = _TERMS[instrument_id]
            if side == Side.SELL:
                due[account_id, terms.base_asset_id] += leaves_lots * terms.base_atoms_per_lot
                continue
            key = (account_id, terms.quote_asset_id)
            due[key] += price_ticks * leaves_lots * terms.quote_atoms_per_tick_lot
            if not price_ticks:  # a stop to buy at the market holds by its trigger
                open_ended.add(key)
        for key in {*due, *held, *open_ended}:
            atoms = held.get(key, 0)
            fits = atoms > due[key] if key in open_ended else atoms == due[key]
            hold(fits, f"{key} has {atoms} held, orders and withdrawals need {due[key]}")

    def _check_books(self, core: WatchedCore) -> None:
        for terms in INSTRUMENTS:
            bids, asks = core.depth(terms.instrument_id, 1)
            crossed = bool(bids and asks) and bids[0][0] >= asks[0][0]
            trading = core.position.status.get(terms.instrument_id) is TradingStatus.TRADING
            hold(
                not (crossed and trading), f"the book of {terms.symbol!r} is crossed: {bids} {asks}"
            )

    # ---- at the end ----------------------------------------------------------------------------

    def check_events(self, events: bytes) -> list[Event]:
        """Compare the whole stream with what readers were given; return it."""
        for seq, event in self.seen.items():
            start = (seq - 1) * EVENT_BYTES
            hold(events[start : start + EVENT_BYTES] == event, f"event {seq} is gone or another")
        decoded = [
            self._decoded_event(events[at : at + EVENT_BYTES])
            for at in range(0, len(events), EVENT_BYTES)
        ]
        self._check_once(decoded)
        return decoded

    @staticmethod
    def _check_once(events: list[Event]) -> None:
        entered: Counter[Any] = Counter()
        money: dict[int, int] = {}
        for event in events:
            if isinstance(event, OrderAccepted | OrderListAccepted):
                entered[type(event), event.account_id, event.client_order_id] += 1
            elif isinstance(event, BalanceChanged | Transferred) and event.source_id:
                last = money.get(event.source_id, 0)
                hold(event.source_seq == last + 1, f"money {event.source_seq} after {last}")
                money[event.source_id] = event.source_seq
        twice = [key for key, count in entered.items() if count > 1]
        hold(not twice, f"executed twice under one key: {twice}")

    def check_log(self, log: list[tuple[bytes, bytes]]) -> None:
        """Compare the log, (command, outcome) one by one, with what was asked and answered."""
        executed: dict[bytes, list[Outcome]] = {}
        for command, outcome in log:
            hold(command in self.asked, "the log holds what nobody asked for")
            executed.setdefault(command, []).extend(decode_outcomes(outcome))
        for command, answers in self.answers.items():
            hold(command in executed, f"answered, and not in the log: {answers}")
            for answer in answers:
                known = answer in executed[command]
                hold(known, f"answered {answer}, executed {executed[command]}")


def split_outcomes(commands: bytes, outcomes: bytes) -> list[tuple[bytes, bytes]]:
    """Return each command with its outcome."""
    count = len(commands) // COMMAND_BYTES
    return [
        (
            commands[at * COMMAND_BYTES : (at + 1) * COMMAND_BYTES],
            outcomes[at * OUTCOME_BYTES : (at + 1) * OUTCOME_BYTES],
        )
        for at in range(count)
    ]


def is_done(outcome: Outcome) -> bool:
    """Return whether a command was executed, now or before."""
    return outcome.result is not OutcomeResult.REJECTED
