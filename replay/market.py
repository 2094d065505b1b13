"""A market of the replay's own, on any engine: new ids, funded accounts, no fees, a wide band."""

import secrets
from dataclasses import dataclass
from typing import ClassVar, Final, Self

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
from domain.events import OutcomeResult
from domain.orders import OrderType, Side, TimeInForce, TradingStatus
from replay.errors import BadStream, EngineRefused
from replay.workload import OP_CANCEL, OP_LIMIT, OP_MARKET, Fields
from schemas.codec import encode_command
from transport.engine_client import EngineClient

ACCOUNTS: Final = 8
"""Orders are dealt out to so many accounts: a deep stream passes one account's bound of open
orders.
"""
FUNDS_ATOMS: Final = 2**57
BAND_BPS: Final = 1_000_000
VALID_NS: Final = 3_600 * 10**9
_ID_FIRST: Final = 1_000_000
_ID_SPREAD: Final = 2**30


def drawn_id() -> int:
    """Return a first id that no other replay is likely to have."""
    return _ID_FIRST + secrets.randbelow(_ID_SPREAD)


@dataclass(frozen=True)
class ReplayMarket:
    """The ids one replay uses. ``now_ns``: its beginning, from which its orders stay valid for an
    hour.
    """

    accounts: ClassVar[int] = ACCOUNTS
    first_account_id: int
    instrument_id: int
    now_ns: int

    @classmethod
    def drawn(cls, now_ns: int) -> Self:
        """Return a market whose ids no other replay is likely to have."""
        first_id = drawn_id()
        return cls(first_account_id=first_id, instrument_id=first_id, now_ns=now_ns)

    async def open(self, client: EngineClient) -> int:
        """Create it on an engine; return the sequence of its first event.

        Raises:
            EngineRefused: one of its commands was.
        """
        commands = self.opening()
        outcomes = await client.submit_many(commands, timeout_s=10)
        for command, outcome in zip(commands, outcomes, strict=True):
            if outcome.result is not OutcomeResult.DONE:
                raise EngineRefused(f"{type(command).__name__}: {outcome.reason.name}")
        return outcomes[0].last_event_seq

    def opening(self) -> list[Command]:
        """Return the commands that create it, the same at every call."""
        return [*self._listing(), *self._funding()]

    def _listing(self) -> list[Command]:
        base_id, quote_id = self._asset_ids
        return [
            CreateAsset(asset_id=base_id, scale=0, name=b"RB%d" % (base_id % 10**8)),
            CreateAsset(asset_id=quote_id, scale=0, name=b"RQ%d" % (base_id % 10**8)),
            CreateInstrument(
                instrument_id=self.instrument_id,
                symbol=b"RB%d-RQ%d" % (base_id % 10**8, base_id % 10**8),
                base_asset_id=base_id,
                quote_asset_id=quote_id,
                quote_atoms_per_tick_lot=1,
                base_atoms_per_lot=1,
                maker_fee_ppm=0,
                taker_fee_ppm=0,
                band_bps=BAND_BPS,
            ),
            SetTradingStatus(
                instrument_id=self.instrument_id, trading_status=TradingStatus.TRADING
            ),
        ]

    @property
    def _asset_ids(self) -> tuple[int, int]:
        return self.instrument_id, self.instrument_id + 1

    def _funding(self) -> list[Command]:
        commands: list[Command] = []
        base_id, quote_id = self._asset_ids
        for at in range(self.accounts):
            account_id = self.first_account_id + at
            commands.append(OpenAccount(account_id=account_id, group_id=account_id))
            for source_seq, asset_id in ((2 * at + 1, base_id), (2 * at + 2, quote_id)):
                commands.append(
                    Deposit(
                        account_id=account_id,
                        asset_id=asset_id,
                        amount_atoms=FUNDS_ATOMS,
                        source_id=self.instrument_id,
                        source_seq=source_seq,
                    )
                )
        return commands

    def command(self, fields: Fields) -> bytes:
        """Return one record of a stream as a command for this market (96 bytes).

        Raises:
            BadStream: it is none of limit, cancel and market, or on no side.
        """
        op, side, _, qty, price, stream_id = fields
        account_id = self.first_account_id + stream_id % ACCOUNTS
        if op not in (OP_LIMIT, OP_CANCEL, OP_MARKET) or side > 1:
            raise BadStream(f"order {stream_id}: operation {op}, side {side}")
        client_order_id = pack_client_order_id(str(stream_id))
        if op == OP_CANCEL:
            return encode_command(
                CancelOrder(account_id=account_id, client_order_id=client_order_id)
            )
        limit = op == OP_LIMIT
        return encode_command(
            NewOrder(
                account_id=account_id,
                instrument_id=self.instrument_id,
                side=Side(side + 1),
                order_type=OrderType.LIMIT if limit else OrderType.MARKET,
                time_in_force=TimeInForce.GTC if limit else TimeInForce.IOC,
                price_ticks=price,
                qty_lots=qty,
                valid_until_ns=self.now_ns + VALID_NS,
                client_order_id=client_order_id,
            )
        )
