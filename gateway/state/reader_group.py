"""Several readers of the feeds, told of everything in turn."""

from typing import Protocol

from gateway.calls.market_data_client import CandleRow
from gateway.state.feed import Readers
from gateway.state.market_feed import MarketReaders
from gateway.state.projection import Changes, Projection


class Reader(Readers, MarketReaders, Protocol):
    """Who is told by both feeds."""


class ReaderGroup:
    """Passes on what the event feed and the market feed tell."""

    def __init__(self, *readers: Reader) -> None:
        self._readers = readers

    def changed(self, projection: Projection, changes: Changes) -> None:
        """A few events were applied."""
        for reader in self._readers:
            reader.changed(projection, changes)

    def live_changed(self, projection: Projection, live: bool) -> None:
        """The projection became the present, or ceased to be."""
        for reader in self._readers:
            reader.live_changed(projection, live)

    def candle(self, instrument_id: int, interval: str, row: CandleRow) -> None:
        """A candle changed or closed."""
        for reader in self._readers:
            reader.candle(instrument_id, interval, row)

    def ticker(self, instrument_id: int) -> None:
        """A ticker changed."""
        for reader in self._readers:
            reader.ticker(instrument_id)
