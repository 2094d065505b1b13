"""What the state hash is made of: one entity for each thing that can change an answer to come."""

from collections.abc import Iterator
from itertools import chain

from engine_core.account import Account
from engine_core.listing import SYMBOL_BYTES, Listing
from engine_core.state import State
from engine_core.state_hash import Tag, entity_hash, sum_of, words_of


def hash_of(state: State) -> bytes:
    """Return the state hash: 16 bytes, equal for equal states."""
    entities = chain(
        _money(state),
        _venue(state),
        chain.from_iterable(map(_of_account, state.accounts.values())),
        chain.from_iterable(map(_of_listing, state.listings.values())),
    )
    return sum_of(entity_hash(*words) for words in entities)


def _money(state: State) -> Iterator[tuple[int, ...]]:
    for row in state.balances.non_zero():
        yield (Tag.BALANCE, *row)
    for asset in state.assets.values():
        name = words_of(asset.name.ljust(SYMBOL_BYTES, b"\0"))
        yield (Tag.ASSET, asset.asset_id, asset.scale, asset.supply_atoms, *name)
    for source_id, last in state.last_source_seq.items():
        yield (Tag.SOURCE, source_id, last)


def _venue(state: State) -> Iterator[tuple[int, ...]]:
    for order in state.open_orders.values():
        yield (Tag.ORDER, *order.words())
    for account_id, key, record in state.keys.items():
        answer = (record.digest, record.order_id, record.reason, record.valid_until_ns)
        yield (Tag.KEY, account_id, *words_of(key), *answer)
    for account_id, deadline_ns in state.deadlines.switches():
        yield (Tag.SWITCH, account_id, deadline_ns)
    counters = (state.next_order_id, state.next_event_seq, state.log_ts_ns, state.next_place)
    yield (Tag.COUNTERS, *counters, state.venue_status, state.logic_version)


def _of_account(account: Account) -> Iterator[tuple[int, ...]]:
    yield (Tag.ACCOUNT, *account.words())
    for position, leg in enumerate(account.parked_legs):
        yield (Tag.PARKED_LEG, account.account_id, position, *words_of(leg))
    for asset_id, limits in account.asset_limits.items():
        yield (Tag.ASSET_LIMITS, account.account_id, asset_id, *limits)


def _of_listing(listing: Listing) -> Iterator[tuple[int, ...]]:
    instrument_id = listing.terms.instrument_id
    yield (Tag.INSTRUMENT, *listing.words())
    for position, order_id in enumerate(listing.triggers.queued()):
        yield (Tag.TRIGGER, instrument_id, position, order_id)
    for at_s, trading_status in listing.scheduled.items():
        yield (Tag.SCHEDULED, instrument_id, at_s, trading_status)
    for tier, rates in listing.tier_rates.items():
        yield (Tag.FEES, instrument_id, tier, *rates)
