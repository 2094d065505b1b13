"""A capture played on a venue on which somebody else trades too.

What was recorded names orders by the ids they got then; with one more trader they get others. A
second core, on which nobody else trades, tells which order each id meant.
"""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from backtest.errors import CannotBacktest
from backtest.session import NEVER_NS
from backtest.venue import Venue
from domain.commands import CommandKind, CreateAsset, CreateInstrument
from domain.instruments import Asset, Instrument
from domain.units import PRICE_TICKS_MAX, QTY_LOTS_MAX
from engine_core.contract import Core
from replay.capture import Captured, is_capture, read_capture
from replay.errors import BadStream
from schemas.codec import decode_command
from schemas.layouts import OUTCOME_BYTES

ORDER_ID: Final = struct.Struct("<Q")
_ID_AT: Final = {int(CommandKind.CANCEL_ORDER): 16, int(CommandKind.REPLACE_ORDER): 48}
_NEW: Final = frozenset({int(CommandKind.NEW_ORDER), int(CommandKind.ORDER_LIST_LEG)})
_DEFINES: Final = frozenset({int(CommandKind.CREATE_ASSET), int(CommandKind.CREATE_INSTRUMENT)})


class CapturedTape:
    """``captured``: every command of an engine from its first one on."""

    def __init__(self, captured: Sequence[Captured], alone: Core) -> None:
        self._captured = captured
        self._alone = alone
        self._at = 0
        self._now_ids: dict[int, int] = {}

    @classmethod
    def read(cls, path: Path, alone: Core) -> "CapturedTape":
        """
        Raises:
            CannotBacktest: the file is no capture.
        """
        try:
            data = path.read_bytes()
            if not is_capture(data):
                raise CannotBacktest(f"{path} is no capture (openbell capture FILE makes one)")
            return cls(read_capture(data, None), alone)
        except (OSError, BadStream) as error:
            raise CannotBacktest(f"{path}: {error}") from error

    @property
    def next_ns(self) -> int:
        """When the next command was executed; NEVER_NS at the end."""
        return self._captured[self._at][0] if self._at < len(self._captured) else NEVER_NS

    @property
    def end_ns(self) -> int:
        """When the last command was executed."""
        return self._captured[-1][0]

    def instruments(self) -> dict[str, Instrument]:
        """Return the instruments that the capture creates, by symbol."""
        assets: dict[int, Asset] = {}
        found = {}
        for _, data in self._captured:
            if data[0] not in _DEFINES:
                continue
            command = decode_command(data)
            if isinstance(command, CreateAsset):
                name = command.name.decode()
                assets[command.asset_id] = Asset(command.asset_id, name, command.scale)
            elif isinstance(command, CreateInstrument):
                instrument = _instrument(command, assets)
                found[instrument.symbol] = instrument
        return found

    def play_until_orders(self, venue: Venue, instrument_id: int) -> int:
        """Play what made the venue, up to the first order of an instrument; return when that came.

        Raises:
            CannotBacktest: none ever did.
        """
        for at, (ts_ns, data) in enumerate(self._captured):
            if data[0] in _NEW and data[12:16] == instrument_id.to_bytes(4, "little"):
                while self._at < at:
                    self._play(venue, self._captured[self._at][0], at)
                return ts_ns
        raise CannotBacktest("the capture has no order of that instrument")

    def play(self, venue: Venue, until_ns: int) -> Iterator[tuple[bytes, int]]:
        """Do what was done up to ``until_ns``; yield the events of each group and its time."""
        while (ts_ns := self.next_ns) <= until_ns:
            yield self._play(venue, ts_ns, len(self._captured)), ts_ns

    def _play(self, venue: Venue, ts_ns: int, end: int) -> bytes:
        """Execute the commands of one time, as many as need no order of their own group."""
        captured, now_ids = self._captured, self._now_ids
        first = at = self._at
        entered: list[int] = []
        group: list[bytes] = []
        while at < end and captured[at][0] == ts_ns:
            data = captured[at][1]
            kind = data[0]
            if kind in _NEW:
                entered.append(len(group))
            elif kind in _ID_AT:
                was = ORDER_ID.unpack_from(data, _ID_AT[kind])[0]
                if was and was not in now_ids and entered:
                    break  # perhaps an order of this very group: its id is known after it
                data = _renamed(data, _ID_AT[kind], now_ids.get(was, was))
            group.append(data)
            at += 1
        self._at = at
        original = b"".join(data for _, data in captured[first:at])
        _, then = self._alone.apply(original, ts_ns)
        events, now = venue.apply(b"".join(group), ts_ns)
        for number in entered:
            place = number * OUTCOME_BYTES
            was, is_ = ORDER_ID.unpack_from(then, place)[0], ORDER_ID.unpack_from(now, place)[0]
            if was:
                now_ids[was] = is_
        return events


def _renamed(data: bytes, at: int, order_id: int) -> bytes:
    return data[:at] + ORDER_ID.pack(order_id) + data[at + ORDER_ID.size :]


def _instrument(command: CreateInstrument, assets: dict[int, Asset]) -> Instrument:
    return Instrument(
        instrument_id=command.instrument_id,
        symbol=command.symbol.decode(),
        base=assets[command.base_asset_id],
        quote=assets[command.quote_asset_id],
        quote_atoms_per_tick_lot=command.quote_atoms_per_tick_lot,
        base_atoms_per_lot=command.base_atoms_per_lot,
        maker_fee_ppm=command.maker_fee_ppm,
        taker_fee_ppm=command.taker_fee_ppm,
        band_bps=command.band_bps,
        min_notional_atoms=command.min_notional_atoms,
        price_max_ticks=command.price_max_ticks or PRICE_TICKS_MAX,
        qty_max_lots=command.qty_max_lots or QTY_LOTS_MAX,
    )
