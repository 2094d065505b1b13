"""What is asked for is read exactly, or refused with the code and the words that clients know."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.binance.authentication import in_time
from gateway.binance.errors import BinanceError
from gateway.binance.parameters import Parameters, from_request
from gateway.binance.ws_parameters import decoded, parameters_of

NOW_MS = 1_800_000_000_000


def refusal(ask: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(BinanceError) as caught:
        ask()
    return caught.value.code, caught.value.text


def test_a_blank_parameter_was_not_sent() -> None:
    blank = Parameters({"symbol": ""})
    missing = "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."
    assert refusal(lambda: blank.text("symbol")) == (-1102, missing)
    assert blank.integer("symbol") is None and blank.decimal("symbol") is None


@pytest.mark.parametrize("text", ["1e3", "-1", "+1", ".5", "5.", "NaN", "1,5", "٣", "1" * 21])
def test_a_decimal_is_plain_or_refused(text: str) -> None:
    code, said = refusal(lambda: Parameters({"quantity": text}).decimal("quantity"))
    assert code == -1100 and said.startswith("Illegal characters found in parameter 'quantity'")


def test_a_decimal_has_eight_places_that_count() -> None:
    assert Parameters({"price": "1.1234567800"}).decimal("price") == "1.1234567800"
    asked = Parameters({"price": "1.123456789"})
    too_precise = (-1111, "Parameter 'price' has too much precision.")
    assert refusal(lambda: asked.decimal("price")) == too_precise


def test_nothing_is_there_twice() -> None:
    twice = (-1101, "Duplicate values for a parameter detected.")
    assert refusal(lambda: from_request(b"a=1&a=2", b"")) == twice
    many = "&".join(f"p{n}=1" for n in range(65)).encode()
    assert refusal(lambda: from_request(many, b""))[0] == -1101
    assert refusal(lambda: from_request(b"a=\xff", b""))[0] == -1100
    assert refusal(lambda: from_request(b"a=%ff", b""))[0] == -1100


def test_lists_come_as_json() -> None:
    listed = from_request(b"symbols=%5B%22BTCUSDT%22%2C%22ETHUSDT%22%5D", b"")
    assert listed.names("symbols") == ["BTCUSDT", "ETHUSDT"]
    for text in ("BTCUSDT", '{"a":1}', "[1]", "[" * 100_000):
        assert refusal(lambda text=text: Parameters({"s": text}).names("s"))[0] == -1100  # type: ignore[misc]


def test_a_number_of_the_ws_api_loses_its_exponent() -> None:
    sent = decoded('{"quantity": 1e-05, "price": 2.5E2, "recvWindow": 10000, "flag": true}')
    assert parameters_of(sent).values == {
        "quantity": "0.00001",
        "price": "250",
        "recvWindow": "10000",
        "flag": "true",
    }
    assert refusal(lambda: decoded('{"a": NaN}'))[0] == -1000
    assert refusal(lambda: decoded("[" * 100_000))[0] == -1000


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"timestamp": str(NOW_MS)}, None),
        ({"timestamp": str(NOW_MS * 1_000)}, None),
        ({"timestamp": str(NOW_MS - 5_000)}, None),
        ({"timestamp": str(NOW_MS + 999)}, None),
        ({"timestamp": str(NOW_MS - 59_999), "recvWindow": "60000"}, None),
        ({"timestamp": str(NOW_MS * 1_000 - 1_500), "recvWindow": "1.5"}, None),
        ({"timestamp": str(NOW_MS * 1_000 - 1_501), "recvWindow": "1.5"}, -1021),
        ({"timestamp": str(NOW_MS - 5_001)}, -1021),
        ({"timestamp": str(NOW_MS + 1_000)}, -1021),
        ({"timestamp": str(NOW_MS), "recvWindow": "60001"}, -1131),
        ({"timestamp": str(NOW_MS), "recvWindow": "5.0001"}, -1100),
        ({"timestamp": "now"}, -1100),
        ({}, -1102),
    ],
)
def test_a_request_is_in_time_or_refused(sent: dict[str, str], code: int | None) -> None:
    if code is None:
        assert in_time(Parameters(sent), NOW_MS) > 0
    else:
        assert refusal(lambda: in_time(Parameters(sent), NOW_MS))[0] == code


def test_too_late_and_too_early_have_their_words() -> None:
    late = Parameters({"timestamp": str(NOW_MS - 9_000)})
    early = Parameters({"timestamp": str(NOW_MS + 9_000)})
    assert refusal(lambda: in_time(late, NOW_MS)) == (
        -1021,
        "Timestamp for this request is outside of the recvWindow.",
    )
    assert refusal(lambda: in_time(early, NOW_MS)) == (
        -1021,
        "Timestamp for this request was 1000ms ahead of the server's time.",
    )
