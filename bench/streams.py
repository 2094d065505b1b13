"""An order stream as what the book and the core take: packed commands, in batches."""

import hashlib
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Final

from bench import _streams
from bench._streams import FillDigest
from bench.benchmark import Say
from bench.report import WrongResult
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
from replay.expectation import expected_result, read_records
from replay.result import EXPECTED
from replay.workload import (
    OP_CANCEL,
    OP_LIMIT,
    OP_MARKET,
    RECIPES,
    RECORD,
    SIDE_BUY,
    Fields,
    encoded,
)
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
_FUNDS_ATOMS_MAX: Final = 2**58
_SUPPLY_ATOMS: Final = 2**61
_BAND_BPS: Final = 1_000_000
_KEPT: Final = Path(__file__).resolve().parents[1] / "build" / "streams"
"""Streams once drawn: to draw one takes longer than to run it."""


@dataclass(frozen=True)
class Stream:
    """Records, and what any correct engine must make of them."""

    name: str
    data: bytes

    @property
    def ops(self) -> int:
        """Number of records."""
        return len(self.data) // RECORD.size

    @cached_property
    def fields(self) -> list[Fields]:
        """The records, unpacked."""
        return list(RECORD.iter_unpack(self.data))

    @cached_property
    def book_commands(self) -> bytes:
        """All records as commands of the book."""
        return _streams.book_commands(self.data, price_max_ticks=PRICE_TICKS_MAX)

    def core_commands(self, accounts: int) -> bytes:
        """Return all records as commands of the core, dealt out to the accounts of ``venue``."""
        ops = (OP_LIMIT, OP_CANCEL, OP_MARKET)
        patterns = (core_command((op, SIDE_BUY, 0, 1, 0, 0)) for op in ops)
        return _streams.core_commands(
            self.data,
            b"".join(patterns),
            first_account_id=FIRST_ACCOUNT_ID,
            accounts=accounts,
        )

    @cached_property
    def _expected(self) -> tuple[int, str]:
        whole = self.name in EXPECTED and self.ops == _whole_ops(self.name)
        result = EXPECTED[self.name] if whole else expected_result(read_records(self.data))
        return result.fills, result.fnv1a64

    def check(self, digest: FillDigest, who: str) -> None:
        """Return if ``who`` made the fills that an independent matcher makes.

        Raises:
            WrongResult: other fills.
        """
        found = (digest.fills, digest.hexdigest())
        if found != self._expected:
            raise WrongResult(f"{who} on {self.name}: fills {found}, expected {self._expected}")


def load_stream(name: str, prefix: int, say: Say) -> Stream:
    """Return a recipe's stream or its first ``prefix`` records (0: all), drawn if need be."""
    recipe, kept = RECIPES[name], _KEPT / f"{name}.bin"
    if kept.exists() and hashlib.sha256(data := kept.read_bytes()).hexdigest() == recipe.sha256:
        return Stream(name, data[: prefix * RECORD.size] if prefix else data)
    if not prefix:
        say(f"drawing the stream {name}; next time it is there")
    data = b"".join(islice(encoded(recipe), prefix or None))
    if not prefix:
        if hashlib.sha256(data).hexdigest() != recipe.sha256:
            raise WrongResult(f"the stream {name} is not the published one")
        _KEPT.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_bytes(data)
        part.replace(kept)
    return Stream(name, data)


def split(commands: bytes, bytes_each: int, size: int) -> list[bytes]:
    """Return ``commands`` in batches of ``size``."""
    step = bytes_each * size
    return [commands[at : at + step] for at in range(0, len(commands), step)]


def _whole_ops(name: str) -> int:
    return RECIPES[name].ops + RECIPES[name].preload


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


def venue(number: int = 1, accounts: int = ACCOUNTS) -> bytes:
    """Return the commands that open a stream's venue: fees on, wide band, rich accounts.

    Each ``number``, from 1, has an instrument of that id and, ``accounts`` further on, accounts of
    its own.
    """
    funds_atoms = min(_FUNDS_ATOMS_MAX, _SUPPLY_ATOMS // accounts)
    base_id, quote_id = 2 * number - 1, 2 * number
    first_account_id = FIRST_ACCOUNT_ID + (number - 1) * accounts
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
    for account_id in range(first_account_id, first_account_id + accounts):
        commands.append(OpenAccount(account_id=account_id, group_id=account_id))
        for asset_id in (base_id, quote_id):
            source_seq += 1
            commands.append(
                Deposit(
                    account_id=account_id,
                    asset_id=asset_id,
                    amount_atoms=funds_atoms,
                    source_id=number,
                    source_seq=source_seq,
                )
            )
    return b"".join(map(encode_command, commands))
