"""What a strategy has made: position, realised and unrealised profit, fees. Whole atoms, exact."""

from dataclasses import dataclass

from domain.instruments import Instrument
from domain.orders import Side
from trading_bot.strategy import OwnFill


@dataclass(frozen=True, slots=True)
class Profit:
    """Of one instrument, in quote atoms. ``net`` = realised + unrealised - fees."""

    position_lots: int
    realised_atoms: int
    unrealised_atoms: int
    fees_atoms: int
    fills: int
    maker_fills: int
    volume_atoms: int

    @property
    def net_atoms(self) -> int:
        """What is left after fees, if the position were closed at the mark."""
        return self.realised_atoms + self.unrealised_atoms - self.fees_atoms


class Position:
    """What the fills of one instrument come to, at average cost."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self.lots = 0
        self._cost_atoms = 0
        """Paid for the position; negative for what was received for a short one."""
        self._realised_atoms = 0
        self._fees_atoms = 0
        self._fills = 0
        self._maker_fills = 0
        self._volume_atoms = 0

    def add(self, fill: OwnFill) -> None:
        """Take in one fill. A fee in base is counted at the fill's price."""
        instrument = self._instrument
        notional_atoms = instrument.notional_atoms(fill.price_ticks, fill.qty_lots)
        signed_lots = fill.qty_lots if fill.side is Side.BUY else -fill.qty_lots
        self._fees_atoms += self._fee_in_quote(fill)
        self._fills += 1
        self._maker_fills += fill.is_maker
        self._volume_atoms += notional_atoms
        if self.lots * signed_lots < 0:
            signed_lots = self._close(fill, signed_lots)
        self.lots += signed_lots
        self._cost_atoms += instrument.notional_atoms(fill.price_ticks, signed_lots)

    def _close(self, fill: OwnFill, signed_lots: int) -> int:
        """Close what the fill closes; return the lots of it that are left to open."""
        closed = min(abs(signed_lots), abs(self.lots)) * (1 if self.lots > 0 else -1)
        cost_atoms = self._cost_atoms * closed // self.lots
        got_atoms = self._instrument.notional_atoms(fill.price_ticks, closed)
        self._realised_atoms += got_atoms - cost_atoms
        self._cost_atoms -= cost_atoms
        self.lots -= closed
        return signed_lots + closed

    def _fee_in_quote(self, fill: OwnFill) -> int:
        if fill.side is Side.SELL:
            return fill.fee_atoms
        lot_atoms = self._instrument.notional_atoms(fill.price_ticks, 1)
        return fill.fee_atoms * lot_atoms // self._instrument.base_atoms_per_lot

    def profit(self, mark_ticks: int | None) -> Profit:
        """Return all of it, the position valued at ``mark_ticks`` (at cost where there is none)."""
        worth_atoms = self._cost_atoms
        if mark_ticks is not None:
            worth_atoms = self._instrument.notional_atoms(mark_ticks, self.lots)
        return Profit(
            position_lots=self.lots,
            realised_atoms=self._realised_atoms,
            unrealised_atoms=worth_atoms - self._cost_atoms,
            fees_atoms=self._fees_atoms,
            fills=self._fills,
            maker_fills=self._maker_fills,
            volume_atoms=self._volume_atoms,
        )
