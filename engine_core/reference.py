"""The readable core: bytes are decoded at the door, everything inside is the domain's own words."""

from collections.abc import Callable
from typing import Any, Final, Self

from domain import commands, venue_commands
from domain.events import Event, Outcome
from domain.orders import Side
from engine_core.account_control import (
    set_account_limits,
    set_account_status,
    set_asset_limits,
    set_fee_tier,
)
from engine_core.cancels import cancel_all, cancel_one
from engine_core.contract import BalanceRow, LevelRow, OrderRow, WithdrawalRow
from engine_core.control import create_asset, deposit, open_account
from engine_core.entities import hash_of
from engine_core.expiries import cancel_all_after, end_overdue
from engine_core.instruments import (
    create_instrument,
    set_fees,
    set_instrument_rules,
    update_instrument,
)
from engine_core.limits import DEDUPE_KEYS_MAX, EVENTS_PER_COMMAND_MAX, LOG_TS_NS_MAX
from engine_core.new_orders import new_order
from engine_core.order_lists import new_order_list, park_leg
from engine_core.refusals import reject_malformed
from engine_core.replaces import replace_order
from engine_core.saved_rows import load
from engine_core.saved_state import save
from engine_core.state import State
from engine_core.trading_status import schedule_trading_status, set_trading_status
from engine_core.transfers import transfer
from engine_core.turn import Answer, Turn
from engine_core.uncrossing import go_on
from engine_core.venue_control import set_logic_version, set_venue_status
from engine_core.withdrawals import hold_withdrawal, post_withdrawal, void_withdrawal
from matching.sweep import EVENTS_PER_COMMAND_MIN
from schemas.codec import decode_command, encode_event, encode_outcome
from schemas.errors import Malformed
from schemas.layouts import COMMAND_BYTES

_HANDLERS: Final[dict[type, Callable[[Turn, Any], Answer]]] = {
    commands.NewOrder: new_order,
    commands.CancelOrder: cancel_one,
    commands.ReplaceOrder: replace_order,
    commands.CancelAll: cancel_all,
    commands.CancelAllAfter: cancel_all_after,
    commands.OrderListLeg: park_leg,
    commands.NewOrderList: new_order_list,
    commands.OpenAccount: open_account,
    commands.CreateAsset: create_asset,
    commands.CreateInstrument: create_instrument,
    commands.SetTradingStatus: set_trading_status,
    commands.Deposit: deposit,
    commands.HoldWithdrawal: hold_withdrawal,
    commands.PostWithdrawal: post_withdrawal,
    commands.VoidWithdrawal: void_withdrawal,
    commands.Transfer: transfer,
    venue_commands.UpdateInstrument: update_instrument,
    venue_commands.SetInstrumentRules: set_instrument_rules,
    venue_commands.ScheduleTradingStatus: schedule_trading_status,
    venue_commands.SetFees: set_fees,
    venue_commands.SetFeeTier: set_fee_tier,
    venue_commands.SetAccountStatus: set_account_status,
    venue_commands.SetAccountLimits: set_account_limits,
    venue_commands.SetAssetLimits: set_asset_limits,
    venue_commands.SetVenueStatus: set_venue_status,
    venue_commands.SetLogicVersion: set_logic_version,
}


class Core:
    """The exchange's state machine, as ``engine_core.contract.Core`` says."""

    def __init__(
        self,
        *,
        dedupe_keys_max: int = DEDUPE_KEYS_MAX,
        events_per_command_max: int = EVENTS_PER_COMMAND_MAX,
    ) -> None:
        if dedupe_keys_max < 1 or events_per_command_max < EVENTS_PER_COMMAND_MIN:
            raise ValueError(
                f"at least 1 key and {EVENTS_PER_COMMAND_MIN} events a command are needed"
            )
        self._state = State(dedupe_keys_max)
        self._events_max = events_per_command_max

    @classmethod
    def load(
        cls,
        data: bytes | memoryview,
        *,
        dedupe_keys_max: int = DEDUPE_KEYS_MAX,
        events_per_command_max: int = EVENTS_PER_COMMAND_MAX,
    ) -> Self:
        """Return a core that goes on where the one that saved ``data`` stood.

        Raises:
            ValueError: ``data`` is torn, damaged, of another form or version, or has more keys than
                ``dedupe_keys_max``.
        """
        core = cls(dedupe_keys_max=dedupe_keys_max, events_per_command_max=events_per_command_max)
        core._state = load(data, dedupe_keys_max)
        return core

    def save(self) -> bytes:
        """Return the whole state as bytes: the same for the same state, on every machine."""
        return save(self._state)

    def apply(self, commands: bytes, ts_ns: int) -> tuple[bytes, bytes]:
        """Execute commands at log time ``ts_ns``; return their events and outcomes.

        Raises:
            ValueError: a torn command, or ``ts_ns`` before an earlier one.
        """
        if len(commands) % COMMAND_BYTES:
            raise ValueError(f"{len(commands)} bytes are not whole commands")
        if not self._state.log_ts_ns <= ts_ns <= LOG_TS_NS_MAX:
            raise ValueError(f"log time is {self._state.log_ts_ns}, so not {ts_ns}")
        self._state.log_ts_ns = ts_ns
        events: list[bytes] = []
        outcomes: list[bytes] = []
        if not commands:
            events += map(encode_event, self._let_time_pass())
        for at in range(0, len(commands), COMMAND_BYTES):
            events += map(encode_event, self._let_time_pass())
            said, outcome = self._execute(commands[at : at + COMMAND_BYTES])
            events += map(encode_event, said)
            outcomes.append(encode_outcome(outcome))
        return b"".join(events), b"".join(outcomes)

    def _let_time_pass(self) -> list[Event]:
        state = self._state
        turn = Turn(state, state.log_ts_ns, self._events_max)
        end_overdue(turn)
        queues = Turn(state, state.log_ts_ns, self._events_max)
        go_on(queues)
        state.next_event_seq += len(turn.events) + len(queues.events)
        return turn.events + queues.events

    def _execute(self, command: bytes) -> tuple[list[Event], Outcome]:
        state = self._state
        turn = Turn(state, state.log_ts_ns, self._events_max, command)
        try:
            decoded = decode_command(command)
        except Malformed:
            answer = reject_malformed(turn)
        else:
            answer = _HANDLERS[type(decoded)](turn, decoded)
        state.next_event_seq += len(turn.events)
        return turn.events, Outcome(
            result=answer.result,
            reason=answer.reason,
            order_id=answer.order_id,
            last_event_seq=state.next_event_seq - 1,
            event_count=len(turn.events),
        )

    @property
    def next_event_seq(self) -> int:
        """Sequence number the next event will have."""
        return self._state.next_event_seq

    @property
    def next_order_id(self) -> int:
        """Id the next accepted order will have."""
        return self._state.next_order_id

    @property
    def log_ts_ns(self) -> int:
        """Time of the last call of ``apply``."""
        return self._state.log_ts_ns

    @property
    def next_deadline_ns(self) -> int:
        """Log time at which ``apply`` has something to do even without a command; 0 if never."""
        if self._state.can_go_on():
            return self._state.log_ts_ns
        first = self._state.deadlines.first(auctions_end=self._state.is_open)
        return first.deadline_ns if first else 0

    def state_hash(self) -> bytes:
        """Return 16 bytes that are equal for equal states. Looks at the whole state."""
        return hash_of(self._state)

    def balance(self, account_id: int, asset_id: int) -> tuple[int, int]:
        """Return (available_atoms, held_atoms)."""
        balance = self._state.balances.of(account_id, asset_id)
        return balance.available_atoms, balance.held_atoms

    def balances(self) -> list[BalanceRow]:
        """Return the balances that are not all zero, sorted."""
        return list(self._state.balances.non_zero())

    def withdrawals(self) -> list[WithdrawalRow]:
        """Return the withdrawals that are held, sorted."""
        return [
            (*name, open_one.account_id, open_one.asset_id, open_one.amount_atoms)
            for name, open_one in sorted(self._state.withdrawals.items())
        ]

    def orders(self) -> list[OrderRow]:
        """Return the open orders, sorted by order_id."""
        return [
            (
                order.order_id,
                order.account_id,
                order.instrument_id,
                int(order.side),
                order.price_ticks,
                order.qty_lots,
                order.leaves_qty_lots,
                order.cum_qty_lots,
            )
            for _, order in sorted(self._state.open_orders.items())
        ]

    def depth(self, instrument_id: int, levels: int) -> tuple[list[LevelRow], list[LevelRow]]:
        """Return bids and asks, best first, at most ``levels`` each."""
        listing = self._state.listings.get(instrument_id)
        if listing is None:
            return [], []
        return listing.book.depth(Side.BUY, levels), listing.book.depth(Side.SELL, levels)
