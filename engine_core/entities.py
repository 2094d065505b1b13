"""What the state is made of: one row of words for each thing that can change an answer to come. The
state hash is a sum over them, and a saved state is a list of them.
"""

from collections.abc import Callable, Iterator
from typing import Final

from engine_core.listing import SYMBOL_BYTES
from engine_core.state import State
from engine_core.state_hash import Tag, entity_hash, sum_of, words_of

Row = tuple[int, ...]
"""Unsigned 64-bit words; the first ones name the thing among those of its kind."""


def hash_of(state: State) -> bytes:
    """Return the state hash: 16 bytes, equal for equal states."""
    return sum_of(
        entity_hash(tag, *row) for tag, rows_of in ENTITIES.items() for row in rows_of(state)
    )


def _counters(state: State) -> Iterator[Row]:
    counters = (state.next_order_id, state.next_event_seq, state.log_ts_ns, state.next_place)
    yield (*counters, state.venue_status, state.logic_version)


def _assets(state: State) -> Iterator[Row]:
    for asset in state.assets.values():
        name = words_of(asset.name.ljust(SYMBOL_BYTES, b"\0"))
        yield (asset.asset_id, asset.scale, asset.supply_atoms, *name)


def _accounts(state: State) -> Iterator[Row]:
    for account in state.accounts.values():
        yield account.words()


def _instruments(state: State) -> Iterator[Row]:
    for listing in state.listings.values():
        yield listing.words()


def _fees(state: State) -> Iterator[Row]:
    for instrument_id, listing in state.listings.items():
        for tier, rates in listing.tier_rates.items():
            yield (instrument_id, tier, *rates)


def _scheduled(state: State) -> Iterator[Row]:
    for instrument_id, listing in state.listings.items():
        for at_s, trading_status in listing.scheduled.items():
            yield (instrument_id, at_s, trading_status)


def _sources(state: State) -> Iterator[Row]:
    yield from state.last_source_seq.items()


def _balances(state: State) -> Iterator[Row]:
    yield from state.balances.non_zero()


def _withdrawals(state: State) -> Iterator[Row]:
    for name, open_one in state.withdrawals.items():
        yield (*name, open_one.account_id, open_one.asset_id, open_one.amount_atoms)


def _orders(state: State) -> Iterator[Row]:
    for order in state.open_orders.values():
        yield order.words()


def _queued(state: State) -> Iterator[Row]:
    for instrument_id, listing in state.listings.items():
        for position, order_id in enumerate(listing.triggers.queued()):
            yield (instrument_id, position, order_id)


def _switches(state: State) -> Iterator[Row]:
    yield from state.deadlines.switches()


def _parked_legs(state: State) -> Iterator[Row]:
    for account_id, account in state.accounts.items():
        for position, leg in enumerate(account.parked_legs):
            yield (account_id, position, *words_of(leg))


def _asset_limits(state: State) -> Iterator[Row]:
    for account_id, account in state.accounts.items():
        for asset_id, limits in account.asset_limits.items():
            yield (account_id, asset_id, *limits)


def _keys(state: State) -> Iterator[Row]:
    for account_id, key, record in state.keys.items():
        answer = (record.digest, record.order_id, record.reason, record.valid_until_ns)
        yield (account_id, *words_of(key), *answer)


ENTITIES: Final[dict[Tag, Callable[[State], Iterator[Row]]]] = {
    Tag.COUNTERS: _counters,
    Tag.ASSET: _assets,
    Tag.ACCOUNT: _accounts,
    Tag.INSTRUMENT: _instruments,
    Tag.FEES: _fees,
    Tag.SCHEDULED: _scheduled,
    Tag.SOURCE: _sources,
    Tag.BALANCE: _balances,
    Tag.WITHDRAWAL: _withdrawals,
    Tag.ORDER: _orders,
    Tag.TRIGGER: _queued,
    Tag.SWITCH: _switches,
    Tag.PARKED_LEG: _parked_legs,
    Tag.ASSET_LIMITS: _asset_limits,
    Tag.KEY: _keys,
}
"""Everything there is, each kind after those that its rows name. Keys come oldest first: the oldest
is the one that is forgotten next.
"""
