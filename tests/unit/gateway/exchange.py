"""A whole exchange in memory, told by the reference core: commands in, projections out."""

from itertools import count

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
from domain.events import Event, Outcome
from domain.orders import OrderType, Side, TimeInForce, TradingStatus
from engine_core.reference import Core
from gateway.state.projection import Projection
from schemas.codec import decode_events, decode_outcomes, encode_command
from schemas.layouts import EVENT_BYTES

BTC, ETH, USDT = 1, 2, 3
BTC_USDT, ETH_USDT = 1, 2
ALICE, BOB, CAROL = 1000, 1001, 1002
FUNDS_ATOMS = 10**15
NOW_NS = 1_760_000_000_000_000_000
BUY, SELL = Side.BUY, Side.SELL

OPENING: list[Command] = [
    CreateAsset(asset_id=BTC, scale=8, name=b"BTC"),
    CreateAsset(asset_id=ETH, scale=8, name=b"ETH"),
    CreateAsset(asset_id=USDT, scale=8, name=b"USDT"),
    *(
        CreateInstrument(
            instrument_id=instrument_id,
            symbol=symbol,
            base_asset_id=base_asset_id,
            quote_asset_id=USDT,
            quote_atoms_per_tick_lot=k,
            base_atoms_per_lot=lot_atoms,
            maker_fee_ppm=500,
            taker_fee_ppm=1_000,
            band_bps=1_000,
            min_notional_atoms=10**8,
        )
        for instrument_id, symbol, base_asset_id, k, lot_atoms in (
            (BTC_USDT, b"BTC-USDT", BTC, 10, 1_000),  # tick 0.01, lot 0.00001
            (ETH_USDT, b"ETH-USDT", ETH, 100, 10_000),  # tick 0.01, lot 0.0001
        )
    ),
    *(
        SetTradingStatus(instrument_id=instrument_id, trading_status=TradingStatus.TRADING)
        for instrument_id in (BTC_USDT, ETH_USDT)
    ),
    *(
        OpenAccount(account_id=account_id, group_id=account_id)
        for account_id in (ALICE, BOB, CAROL)
    ),
]


class Exchange:
    """The core, everything it ever said, and who may send: time stands still unless moved."""

    def __init__(self) -> None:
        self.core = Core()
        self.log = b""
        self.now_ns = NOW_NS
        self._keys = count(1)
        source_seq = count(1)
        for command in OPENING:
            self.send(command)
        for account_id in (ALICE, BOB, CAROL):
            for asset_id in (BTC, ETH, USDT):
                self.send(
                    Deposit(
                        account_id=account_id,
                        asset_id=asset_id,
                        amount_atoms=FUNDS_ATOMS,
                        source_id=1,
                        source_seq=next(source_seq),
                    )
                )

    @property
    def last_seq(self) -> int:
        return len(self.log) // EVENT_BYTES

    def execute(self, command: bytes) -> Outcome:
        """Apply 96 bytes."""
        events, outcomes = self.core.apply(command, self.now_ns)
        self.log += events
        return decode_outcomes(outcomes)[0]

    def pass_time(self, delta_ns: int) -> None:
        """Let time pass without any command."""
        self.now_ns += delta_ns
        self.log += self.core.apply(b"", self.now_ns)[0]

    def send(self, command: Command) -> Outcome:
        return self.execute(encode_command(command))

    def limit(
        self, account_id: int, side: Side, price_ticks: int, qty_lots: int, **terms: object
    ) -> Outcome:
        """Enter a limit order of BTC-USDT."""
        fields = {
            "instrument_id": BTC_USDT,
            "time_in_force": TimeInForce.GTC,
            "valid_until_ns": self.now_ns + 10**10,
            "client_order_id": pack_client_order_id(f"c{next(self._keys)}"),
        } | terms
        return self.send(
            NewOrder(
                account_id=account_id,
                side=side,
                order_type=OrderType.LIMIT,
                price_ticks=price_ticks,
                qty_lots=qty_lots,
                **fields,  # type: ignore[arg-type]
            )
        )

    def cancel(self, account_id: int, order_id: int) -> Outcome:
        return self.send(CancelOrder(account_id=account_id, order_id=order_id))

    def events_after(self, seq: int) -> list[tuple[int, Event]]:
        """Return (sequence, event) of everything said after event ``seq``."""
        return list(enumerate(decode_events(self.log[seq * EVENT_BYTES :]), start=seq + 1))

    def project(self, projection: Projection | None = None) -> Projection:
        """Bring a projection (a new one) to the present."""
        projection = projection or Projection()
        for seq, event in self.events_after(projection.seq):
            projection.apply(seq, event)
        return projection
