"""HELLO, WELCOME, NAK and REJECT: what is encoded is decoded, what cannot be is refused."""

import pytest

from schemas import session_layouts as layouts
from schemas.errors import Malformed
from schemas.session_layouts import (
    EventRange,
    Hello,
    SessionReject,
    SessionRejectCode,
    Welcome,
)

HELLO = Hello(version_min=1, version_max=3, minor=255, client_id=2**64 - 1, from_event_seq=0)
WELCOME = Welcome(version=1, minor=255, nonce=2**64 - 1, next_event_seq=1, last_command_seq=0)
REJECT = SessionReject(SessionRejectCode.EVICTED, 2**64 - 1)


def test_every_message_comes_back_as_it_was() -> None:
    assert layouts.decode_hello(layouts.encode_hello(HELLO)) == HELLO
    assert layouts.decode_welcome(layouts.encode_welcome(WELCOME)) == WELCOME
    for code in SessionRejectCode:
        reject = SessionReject(code, 9)
        assert layouts.decode_session_reject(layouts.encode_session_reject(reject)) == reject
    ranges = [EventRange(1, 1), EventRange(5, 2**64 - 1)]
    encoded = b"".join(map(layouts.encode_event_range, ranges))
    assert layouts.decode_event_ranges(encoded) == ranges


def test_another_length_is_malformed() -> None:
    for decode, data in (
        (layouts.decode_hello, layouts.encode_hello(HELLO)),
        (layouts.decode_welcome, layouts.encode_welcome(WELCOME)),
        (layouts.decode_session_reject, layouts.encode_session_reject(REJECT)),
        (layouts.decode_event_ranges, layouts.encode_event_range(EventRange(1, 2))),
    ):
        for wrong in (data[:-1], data + b"\0"):
            with pytest.raises(Malformed):
                decode(wrong)


@pytest.mark.parametrize("at", range(3, 8))
def test_a_reserved_byte_of_hello_is_zero(at: int) -> None:
    data = bytearray(layouts.encode_hello(HELLO))
    data[at] = 1
    with pytest.raises(Malformed):
        layouts.decode_hello(bytes(data))


@pytest.mark.parametrize("versions", [(0, 0), (0, 1), (2, 1)])
def test_versions_are_a_range_from_one_on(versions: tuple[int, int]) -> None:
    with pytest.raises(Malformed):
        layouts.decode_hello(layouts.encode_hello(Hello(*versions, 0, 1, 0)))


def test_a_welcome_without_nonce_or_event_number_is_malformed() -> None:
    for welcome in (Welcome(1, 0, 0, 1, 0), Welcome(1, 0, 1, 0, 0)):
        with pytest.raises(Malformed):
            layouts.decode_welcome(layouts.encode_welcome(welcome))


@pytest.mark.parametrize("bounds", [(0, 5), (6, 5)])
def test_events_that_cannot_be_are_not_asked_for(bounds: tuple[int, int]) -> None:
    with pytest.raises(Malformed):
        layouts.decode_event_ranges(layouts.EVENT_RANGE.pack(*bounds))


def test_a_reject_code_of_no_known_meaning_is_malformed() -> None:
    for code in (0, 5, 65_535):
        with pytest.raises(Malformed):
            layouts.decode_session_reject(layouts.SESSION_REJECT.pack(code, 0))
