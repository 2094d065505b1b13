"""A stream's name says what it is of; anything else is refused."""

import pytest

from domain.intervals import Interval
from gateway.binance.errors import BinanceError
from gateway.binance.stream_names import StreamName, parse_stream


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("btcusdt@depth", ("depth", "BTCUSDT", None, 0, 1_000)),
        ("btcusdt@depth@100ms", ("depth", "BTCUSDT", None, 0, 100)),
        ("btcusdt@depth@1000ms", ("depth", "BTCUSDT", None, 0, 1_000)),
        ("btcusdt@depth5", ("partialDepth", "BTCUSDT", None, 5, 1_000)),
        ("btcusdt@depth20@100ms", ("partialDepth", "BTCUSDT", None, 20, 100)),
        ("btcusdt@trade", ("trade", "BTCUSDT", None, 0, 0)),
        ("btcusdt@aggTrade", ("aggTrade", "BTCUSDT", None, 0, 0)),
        ("btcusdt@bookTicker", ("bookTicker", "BTCUSDT", None, 0, 0)),
        ("btcusdt@miniTicker", ("miniTicker", "BTCUSDT", None, 0, 0)),
        ("btcusdt@ticker", ("ticker", "BTCUSDT", None, 0, 0)),
        ("btcusdt@avgPrice", ("avgPrice", "BTCUSDT", None, 0, 0)),
        ("btcusdt@kline_1m", ("kline", "BTCUSDT", Interval.M1, 0, 0)),
        ("btcusdt@kline_1M", ("kline", "BTCUSDT", Interval.MONTH1, 0, 0)),
        ("!miniTicker@arr", ("miniTicker", None, None, 0, 0)),
        ("!ticker@arr", ("ticker", None, None, 0, 0)),
        ("!bookTicker", ("bookTicker", None, None, 0, 0)),
    ],
)
def test_every_stream_has_its_name(
    text: str, name: tuple[str, str | None, Interval | None, int, int]
) -> None:
    assert parse_stream(text) == StreamName(text, *name)


@pytest.mark.parametrize(
    "text",
    ["", "btcusdt", "@trade", "BTCUSDT@trade", "btcusdt@depth7", "btcusdt@depth@50ms", "!x@arr",
     "btcusdt@kline_2m", "btcusdt@kline_", "btc-usdt@trade", "a" * 25 + "@trade"],
)  # fmt: skip
def test_what_is_no_stream_is_refused(text: str) -> None:
    with pytest.raises(BinanceError) as caught:
        parse_stream(text)
    assert caught.value.code == 2
