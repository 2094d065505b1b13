"""An order stream as what the book and the core take: packed commands, in batches."""

import struct
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from domain.client_order_ids import pack_client_order_id
from domain.commands import (
    CancelOrder,
    Command,
    CreateAsset,
    CreateInstrument,
    Deposit,
    NewOrder,
    OpenAccount,
    SetTradingStatus,
)
from domain.orders import OrderType, SelfTradePrevention, Side, TimeInForce, TradingStatus
from domain.units import PRICE_TICKS_MAX
from replay.workload import OP_CANCEL, OP_LIMIT, RECIPES, RECORD, Fields, encoded
from schemas.codec import encode_command

ACCOUNTS: Final = 8
"""Orders are dealt out to so many: a deep stream passes one account's bound of open orders."""
FIRST_ACCOUNT_ID: Final = 1_000
VALID_UNTIL_NS: Final = 2**62
BOOK_COMMAND: Final = struct.Struct("<6BHQqqII")
"""kind, side, type, time in force, self-trade prevention, flags, 0, order id, price, quantity,
group, 0.
"""
_NEW_ORDER: Final = 1
_CANCEL_ORDER: Final = 2
_FUNDS_ATOMS: Final = 2**58
_BAND_BPS: Final = 1_000_000


def records(stream: str, count: int) -> list[Fields]:
    """Return the first ``count`` records of a stream, all of them if 0: a file's, or of a recipe.

    Raises:
        FileNotFoundError: ``stream`` is neither the name of a recipe nor a file.
    """
    source: Iterable[Fields]
    if stream in RECIPES:
        source = (RECORD.unpack(record) for record in encoded(RECIPES[stream]))
    else:
        source = RECORD.iter_unpack(Path(stream).read_bytes())
    return list(islice(source, count or None))


def batches(commands: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield ``commands`` joined, ``size`` at a time."""
    source = iter(commands)
    while batch := b"".join(islice(source, size)):
        yield batch


def book_command(fields: Fields) -> bytes:
    """Return one record as a command of ``matching._book.OrderBook``."""
    op, side, _, qty_lots, price_ticks, order_id = fields
    if op == OP_CANCEL:
        return BOOK_COMMAND.pack(_CANCEL_ORDER, 0, 0, 0, 0, 0, 0, order_id, 0, 0, 0, 0)
    order_type, terms = OrderType.MARKET, TimeInForce.IOC
    if op == OP_LIMIT:
        order_type, terms = OrderType.LIMIT, TimeInForce.GTC
    else:
        price_ticks = 0 if side else PRICE_TICKS_MAX
    stp = SelfTradePrevention.NONE
    head = (_NEW_ORDER, side + 1, order_type, terms, stp, 0, 0)
    return BOOK_COMMAND.pack(*head, order_id, price_ticks, qty_lots, 0, 0)


def core_command(fields: Fields) -> bytes:
    """Return one record as a command of the core; cancels name the client order id."""
    op, side, _, qty_lots, price_ticks, stream_id = fields
    account_id = FIRST_ACCOUNT_ID + stream_id % ACCOUNTS
    key = pack_client_order_id(str(stream_id))
    if op == OP_CANCEL:
        return encode_command(CancelOrder(account_id=account_id, client_order_id=key))
    limit = op == OP_LIMIT
    return encode_command(
        NewOrder(
            account_id=account_id,
            instrument_id=1,
            side=Side(side + 1),
            order_type=OrderType.LIMIT if limit else OrderType.MARKET,
            time_in_force=TimeInForce.GTC if limit else TimeInForce.IOC,
            price_ticks=price_ticks,
            qty_lots=qty_lots,
            valid_until_ns=VALID_UNTIL_NS,
            client_order_id=key,
        )
    )


def venue(number: int = 1) -> bytes:
    """Return the commands that open a stream's venue: fees on, wide band, rich accounts.

    Each ``number``, from 1, has an instrument of that id and, ACCOUNTS further on, accounts of its
    own.
    """
    base_id, quote_id = 2 * number - 1, 2 * number
    first_account_id = FIRST_ACCOUNT_ID + (number - 1) * ACCOUNTS
    commands: list[Command] = [
        CreateAsset(asset_id=base_id, scale=0, name=b"BASE"),
        CreateAsset(asset_id=quote_id, scale=0, name=b"QUOTE"),
        CreateInstrument(
            instrument_id=number,
            symbol=b"BASE-QUOTE",
            base_asset_id=base_id,
            quote_asset_id=quote_id,
            quote_atoms_per_tick_lot=1,
            base_atoms_per_lot=1_000,
            maker_fee_ppm=500,
            taker_fee_ppm=1_000,
            band_bps=_BAND_BPS,
        ),
        SetTradingStatus(instrument_id=number, trading_status=TradingStatus.TRADING),
    ]
    source_seq = 0
    for account_id in range(first_account_id, first_account_id + ACCOUNTS):
        commands.append(OpenAccount(account_id=account_id, group_id=account_id))
        for asset_id in (base_id, quote_id):
            source_seq += 1
            commands.append(
                Deposit(
                    account_id=account_id,
                    asset_id=asset_id,
                    amount_atoms=_FUNDS_ATOMS,
                    source_id=number,
                    source_seq=source_seq,
                )
            )
    return b"".join(map(encode_command, commands))
