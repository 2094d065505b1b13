"""Who reads which account's stream. An event is encoded once for all of the account's readers."""

from typing import Any, Final, Protocol

import msgspec

from domain.clock import Clock
from domain.events import Event
from gateway.binance import user_events
from gateway.binance.cancel_ids import CancelIds
from gateway.calls.market_data_client import CandleRow
from gateway.state.projection import Changes, Projection

_ENCODE: Final = msgspec.json.Encoder()


class UserReader(Protocol):
    """One subscription. It does not wait."""

    def user_event(self, data: bytes) -> None:
        """Send an event; a reader that lags too far is closed instead."""
        ...

    def start_over(self) -> None:
        """What was sent so far has a hole after it: close, so that the client comes again."""
        ...


class UserStreams:
    """The user streams of one gateway: a witness of every event, and told of what changed."""

    def __init__(self, clock: Clock, cancel_ids: CancelIds) -> None:
        self._clock = clock
        self._cancel_ids = cancel_ids
        self._readers: dict[int, set[UserReader]] = {}
        self._projection: Projection | None = None

    def join(self, account_id: int, reader: UserReader) -> None:
        """Add a reader."""
        self._readers.setdefault(account_id, set()).add(reader)

    def leave(self, account_id: int, reader: UserReader) -> None:
        """Remove a reader."""
        readers = self._readers.get(account_id)
        if readers is not None:
            readers.discard(reader)
            if not readers:
                del self._readers[account_id]

    def witness(self, projection: Projection, seq: int, event: Event) -> None:
        """Tell those whom an event concerns. Whoever listens hears of it before it is answered."""
        if not self._readers:
            return
        wanted = self._readers.keys()
        told = user_events.reports(projection, seq, event, self._cancel_ids, wanted)
        for account_id, report in told:
            self._send(account_id, report)
        for account_id, status in user_events.ended_list(projection, event, wanted):
            self._send(account_id, status)

    def changed(self, projection: Projection, changes: Changes) -> None:
        """A few events were applied: send the balances they changed."""
        if not self._readers:
            return
        now_ms = self._clock.now_ns() // 1_000_000
        for account_id, asset_ids in changes.balances.items():
            if account_id in self._readers:
                account = projection.accounts[account_id]
                event = user_events.position(projection, account, asset_ids, now_ms)
                self._send(account_id, event)

    def live_changed(self, projection: Projection, live: bool) -> None:
        """A projection that was built anew has a hole before it: every reader starts over."""
        if self._projection is not projection:
            self._projection = projection
            for readers in list(self._readers.values()):
                for reader in tuple(readers):
                    reader.start_over()

    def candle(self, instrument_id: int, interval: str, row: CandleRow) -> None:
        """Nobody's own."""

    def ticker(self, instrument_id: int) -> None:
        """Nobody's own."""

    def _send(self, account_id: int, event: dict[str, Any]) -> None:
        readers = self._readers.get(account_id)
        if readers:
            data = _ENCODE.encode(event)
            for reader in tuple(readers):
                reader.user_event(data)
