"""Events of one small market, for stories about the ledger."""

import re
from dataclasses import asdict, replace

import pytest

from accounts.errors import LedgerError
from accounts.settling.batch import Batch, StoredState
from accounts.settling.fold import load_fold
from domain.client_order_ids import pack_client_order_id
from domain.events import (
    AccountOpened,
    AssetCreated,
    BalanceChanged,
    Event,
    InstrumentCreated,
    OrderAccepted,
    Trade,
    TradeFlag,
    TradingStatusChanged,
)
from domain.orders import (
    AggressorSide,
    OrderFlag,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TradingStatus,
)
from domain.reasons import BalanceReason
from schemas.codec import encode_event

BTC, USDT, BTC_USDT = 1, 2, 1
BUYER, SELLER = 1_000, 1_001
K, LOT_ATOMS = 10, 1_000
TS_NS = 1_700_000_000_000_000_000


def opening() -> list[Event]:
    """A buyer with 1,000,000 atoms of USDT and a seller with 50,000 atoms of BTC."""
    return [
        AssetCreated(ts_ns=TS_NS, asset_id=BTC, scale=8, name=b"BTC"),
        AssetCreated(ts_ns=TS_NS, asset_id=USDT, scale=8, name=b"USDT"),
        InstrumentCreated(
            ts_ns=TS_NS,
            instrument_id=BTC_USDT,
            symbol=b"BTC-USDT",
            base_asset_id=BTC,
            quote_asset_id=USDT,
            quote_atoms_per_tick_lot=K,
            base_atoms_per_lot=LOT_ATOMS,
            maker_fee_ppm=500,
            taker_fee_ppm=1_000,
            band_bps=1_000,
            min_notional_atoms=0,
            price_max_ticks=2**53 - 1,
            qty_max_lots=2**53 - 1,
        ),
        AccountOpened(ts_ns=TS_NS, account_id=BUYER, group_id=1),
        AccountOpened(ts_ns=TS_NS, account_id=SELLER, group_id=2),
        deposit(BUYER, USDT, 1_000_000, 1),
        deposit(SELLER, BTC, 50_000, 2),
    ]


def deposit(account_id: int, asset_id: int, amount_atoms: int, source_seq: int) -> BalanceChanged:
    """A first deposit: all of it is available."""
    return BalanceChanged(
        ts_ns=TS_NS,
        reason=BalanceReason.DEPOSIT,
        account_id=account_id,
        asset_id=asset_id,
        amount_atoms=amount_atoms,
        source_id=1,
        source_seq=source_seq,
        available_atoms=amount_atoms,
        held_atoms=0,
    )


def status(trading_status: TradingStatus, **fields: int) -> TradingStatusChanged:
    """The market moves to another status."""
    return TradingStatusChanged(
        ts_ns=TS_NS, instrument_id=BTC_USDT, trading_status=trading_status, **fields
    )


def accepted(order_id: int, account_id: int, side: Side, **fields: int) -> OrderAccepted:
    """An order of 20 lots at 1,000 ticks."""
    told = {
        "price_ticks": 1_000,
        "qty_lots": 20,
        "book_seq": 0,
        "order_type": OrderType.LIMIT,
        "time_in_force": TimeInForce.GTC,
    } | fields
    return OrderAccepted(
        ts_ns=TS_NS,
        order_id=order_id,
        account_id=account_id,
        instrument_id=BTC_USDT,
        side=side,
        self_trade_prevention=SelfTradePrevention.NONE,
        flags=OrderFlag(0),
        client_order_id=pack_client_order_id(f"order-{order_id}"),
        **told,
    )


def buy_rests() -> OrderAccepted:
    """The buyer's 20 lots at 1,000: 200,000 atoms of USDT are held."""
    return accepted(1, BUYER, Side.BUY, available_atoms=800_000, held_atoms=200_000, book_seq=1)


def sell_arrives() -> OrderAccepted:
    """The seller's 5 lots at 1,000: 5,000 atoms of BTC are held."""
    return accepted(2, SELLER, Side.SELL, qty_lots=5, available_atoms=45_000, held_atoms=5_000)


def trade(**fields: int) -> Trade:
    """Five lots at 1,000 between the two; BTC fee 3 atoms, USDT fee 50."""
    told = {
        "instrument_id": BTC_USDT,
        "aggressor_side": AggressorSide.SELL,
        "maker_side": Side.BUY,
        "flags": TradeFlag.TAKER_FILLED,
        "maker_order_id": 1,
        "taker_order_id": 2,
        "maker_account_id": BUYER,
        "taker_account_id": SELLER,
        "trade_id": 1,
        "price_ticks": 1_000,
        "qty_lots": 5,
        "book_seq": 2,
        "maker_fee_atoms": 3,
        "taker_fee_atoms": 50,
        "maker_received_available_atoms": 5_000 - 3,
        "maker_held_atoms": 150_000,
        "taker_received_available_atoms": 50_000 - 50,
        "taker_available_atoms": 45_000,
        "taker_held_atoms": 0,
    } | fields
    return Trade(
        ts_ns=TS_NS,
        **told,
    )


def fold(events: list[Event], first_seq: int = 1, stored: StoredState | None = None) -> Batch:
    """Return the reference's batch of ``events``, through their wire form, once the compiled twin
    has written the same rows and refused nothing else.
    """
    data = b"".join(map(encode_event, events))
    plain, compiled = stored or StoredState(), as_compiled(stored or StoredState())
    try:
        batch = load_fold("reference").whole(first_seq, data, plain)
    except LedgerError as error:
        with pytest.raises(type(error), match=f"^{re.escape(str(error))}$"):
            load_fold("compiled").whole(first_seq, data, compiled)
        raise
    assert written(load_fold("compiled").whole(first_seq, data, compiled)) == written(batch)
    return batch


def as_compiled(stored: StoredState) -> StoredState:
    """Return a copy of ``stored`` in the compiled twin's records."""
    kinds = load_fold("compiled").kinds
    return StoredState(
        balances={key: kinds.balance(**asdict(one)) for key, one in stored.balances.items()},
        orders={key: kinds.order(**asdict(one)) for key, one in stored.orders.items()},
        instruments={key: replace(one) for key, one in stored.instruments.items()},
        lists=list(stored.lists),
        account_ids=set(stored.account_ids),
    )


def written(batch: Batch) -> list[object]:
    """Return everything a batch is about to write."""
    copied = (batch.transfers, batch.trades, batch.deposits, batch.new_orders, batch.new_balances)
    return [
        *((len(rows), rows.payload()) for rows in copied),
        *(rows.total() for rows in copied[:3]),
        batch.pending,
        batch.between_accounts,
        batch.changed_orders,
        batch.stored_balances,
        batch.orders.lists,
        batch.new_instruments,
        batch.used_instruments,
        batch.new_terms,
        batch.venue.assets,
        batch.venue.accounts,
        batch.venue.units,
        batch.settings.changes,
        batch.order_id_range,
        (batch.first_seq, batch.last_seq),
    ]
