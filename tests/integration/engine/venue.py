"""A small venue for the engine's tests: commands that open it, and orders that meet."""

from domain.client_order_ids import pack_client_order_id
from domain.commands import (
    Command,
    CreateAsset,
    CreateInstrument,
    Deposit,
    NewOrder,
    OpenAccount,
    SetTradingStatus,
)
from domain.orders import Side, TradingStatus

BTC, USDT, INSTRUMENT, BUYER, SELLER = 1, 2, 1, 11, 12
VALID_UNTIL_NS = 1 << 62

OPENING: list[Command] = [
    CreateAsset(asset_id=BTC, scale=8, name=b"BTC"),
    CreateAsset(asset_id=USDT, scale=8, name=b"USDT"),
    CreateInstrument(
        instrument_id=INSTRUMENT,
        symbol=b"BTC-USDT",
        base_asset_id=BTC,
        quote_asset_id=USDT,
        quote_atoms_per_tick_lot=10,
        base_atoms_per_lot=1_000,
        maker_fee_ppm=500,
        taker_fee_ppm=1_000,
        band_bps=500,
    ),
    SetTradingStatus(instrument_id=INSTRUMENT, trading_status=TradingStatus.TRADING),
    OpenAccount(account_id=BUYER, group_id=BUYER),
    OpenAccount(account_id=SELLER, group_id=SELLER),
    Deposit(account_id=BUYER, asset_id=USDT, amount_atoms=10**15, source_id=1, source_seq=1),
    Deposit(account_id=SELLER, asset_id=BTC, amount_atoms=10**15, source_id=1, source_seq=2),
]


def order(number: int) -> NewOrder:
    """Return order ``number``: buys and sells in turn, of which some meet."""
    buy = number % 2 == 0
    return NewOrder(
        account_id=BUYER if buy else SELLER,
        instrument_id=INSTRUMENT,
        side=Side.BUY if buy else Side.SELL,
        price_ticks=10_000 + number % 7,
        qty_lots=1 + number % 5,
        valid_until_ns=VALID_UNTIL_NS,
        client_order_id=pack_client_order_id(f"order-{number}"),
    )
