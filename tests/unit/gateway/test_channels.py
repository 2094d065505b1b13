"""Who reads what of a gateway's channels, as readers come and go."""

import pytest

from domain.clock import LogClock
from gateway.state.indication import Indications
from gateway.ws.book_channels import BookTopic
from gateway.ws.book_content import BookTerms
from gateway.ws.channels import Channels, Topic
from tests.unit.gateway.exchange import Exchange

VIEWS = [BookTopic("book", "BTC-USDT", BookTerms(100, levels)) for levels in (1, 2, 3)]


class Lagging:
    """A connection that is closed at the first snapshot which it should read."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels

    def push(self, data: bytes) -> None:
        """Heartbeats."""

    def push_snapshot(self, data: bytes) -> None:
        self._channels.leave(self, set[Topic](VIEWS))


def test_who_is_closed_while_all_start_over_takes_no_view_from_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.ws.book_channels.VIEWS_MAX", 1)
    channels = Channels(LogClock(), Indications())
    reader = Lagging(channels)
    channels.join(reader)
    for topic in VIEWS:
        channels.subscribe(reader, topic)
    channels.live_changed(Exchange().project(), True)
    channels.books.admit(VIEWS[0])  # raises if views without a reader are counted
