"""Bugs of settlement: from the event stream into the ledger."""

from __future__ import annotations

from typing import Any

from accounts.settling import balance_book, batch, ledger, ledger_repository, orders_repository
from accounts.settling.batch import Batch
from accounts.settling.event_buffer import EventBuffer
from accounts.settling.ledger import Transfer
from accounts.settling.order_history import OrderHistory
from accounts.settling.settler import Folded, Settler
from domain.events import Trade
from tests.simulation.database import Connection
from tests.simulation.mutants import Swap, mutant
from transport.catch_up_stream import CatchUpClient


@mutant("settled once")
def there_is_no_cursor(swap: Swap) -> None:
    async def nothing(*cursors: Any) -> None:
        """Claim nothing."""

    swap.function(ledger_repository.advance_cursor, nothing)


@mutant("settled once", focus="database")
def the_cursor_moves_outside_the_transaction(swap: Swap) -> None:
    before = Settler.write
    advance = ledger_repository.advance_cursor

    async def write(self: Settler, folded: Folded) -> Batch:
        await advance(self._connection, folded.before, folded.after)
        return await before(self, folded)

    async def nothing(*cursors: Any) -> None:
        """It was moved before."""

    swap.function(advance, nothing)
    swap.attribute(Settler, "write", write)


@mutant("settled once", focus="database")
def the_rows_are_not_in_one_transaction(swap: Swap) -> None:
    swap.attribute(Connection, "_roll_back", Connection._forget_undo)


@mutant("settled once", focus="database")
def what_happened_while_away_is_skipped(swap: Swap) -> None:
    welcome = CatchUpClient._welcome

    def welcomed(self: CatchUpClient, told: Any) -> None:
        welcome(self, told)
        self.next_seq = max(self.next_seq, told.next_event_seq)

    async def put(self: EventBuffer, first_seq: int, data: bytes) -> None:
        if not self._count:
            self._next_seq = first_seq
        await plain(self, first_seq, data)

    plain = EventBuffer.put
    swap.attribute(CatchUpClient, "_welcome", welcomed)
    swap.attribute(EventBuffer, "put", put)


@mutant("settled once")
def the_chain_stands_still(swap: Swap) -> None:
    swap.function(batch.chain_after, lambda chain, data: chain)


@mutant("fee")
def fees_are_not_settled(swap: Swap) -> None:
    before = ledger.transfers_of_trade

    def transfers(trade: Trade, units: Any) -> list[Transfer]:
        return [one for one in before(trade, units) if one.code != ledger._FEE]

    swap.function(before, transfers)


@mutant("books")
def the_ledger_trusts_the_engine_blindly(swap: Swap) -> None:
    """A transfer is wrong by an atom, and nobody compares."""
    before = ledger.transfers_of_trade

    def transfers(trade: Trade, units: Any) -> list[Transfer]:
        first, *rest = before(trade, units) or [None]
        if first is None:
            return []
        return [first._replace(amount_atoms=first.amount_atoms + 1), *rest]

    swap.function(before, transfers)
    swap.attribute(balance_book.BalanceBook, "check", lambda *book: None)


@mutant("money commands")
def a_deposit_is_settled_with_an_atom_too_much(swap: Swap) -> None:
    before = ledger.transfer_of_deposit

    def transfer(event: Any) -> Transfer:
        plain = before(event)
        return plain._replace(amount_atoms=plain.amount_atoms + 1)

    swap.function(before, transfer)


@mutant("books")
def buyer_and_seller_are_mixed_up(swap: Swap) -> None:
    before = ledger.transfers_of_trade

    def transfers(trade: Trade, units: Any) -> list[Transfer]:
        return [
            one._replace(
                debit_account_id=one.credit_account_id, credit_account_id=one.debit_account_id
            )
            if one.code != ledger._FEE
            else one
            for one in before(trade, units)
        ]

    swap.function(before, transfers)


@mutant("books")
def orders_are_not_written(swap: Swap) -> None:
    async def nothing(connection: Any, one: Batch) -> None:
        """Forget them."""

    swap.function(orders_repository.write_orders, nothing)


@mutant("books")
def a_canceled_order_stays_open_in_the_books(swap: Swap) -> None:
    swap.attribute(OrderHistory, "ended", lambda self, seq, kind, event: None)


@mutant("books")
def balances_are_not_written(swap: Swap) -> None:
    async def nothing(connection: Any, one: Batch) -> None:
        """Forget them."""

    swap.function(ledger_repository.write_balances, nothing)
