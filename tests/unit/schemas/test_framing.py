"""Datagrams: what one side seals the other opens, and every lie about a length is refused."""

import random
import struct
from dataclasses import replace

import pytest

from schemas import framing, mac
from schemas.errors import Malformed, NotAuthentic, WireError
from schemas.framing import STRUCT_BYTES, Header, MessageType, open_datagram, seal, unwrap, wrap

KEY = bytes(range(16))
WITH_PAYLOAD = [type_ for type_, size in STRUCT_BYTES.items() if size]
MOST = {type_: (1_432 - 88) // STRUCT_BYTES[type_] for type_ in WITH_PAYLOAD}


@pytest.fixture(params=[True, False], ids=["reference", "compiled"], autouse=True)
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs on both."""
    monkeypatch.setattr(framing, "_TWIN", framing.load_sealing(request.param))


def only_key(_type: MessageType, _session_id: int, _key_id: int) -> bytes:
    return KEY


def resealed(body: bytes) -> bytes:
    """What a liar who holds the key would send."""
    return body + mac.tag(KEY, body)


def datagram(type_: MessageType = MessageType.COMMANDS, count: int = 3) -> bytes:
    structs = random.Random(count).randbytes(STRUCT_BYTES[type_] * count)
    return seal(Header(type_, session_id=77, seq=5), structs, KEY)


@pytest.mark.parametrize("type_", WITH_PAYLOAD, ids=lambda type_: type_.name)
def test_what_is_sealed_is_opened_for_every_count(type_: MessageType) -> None:
    for count in range(1, MOST[type_] + 1):
        structs = random.Random(count).randbytes(STRUCT_BYTES[type_] * count)
        header = Header(type_, 2**64 - 1, 2**64 - 2, 2**63, 65_535, 2**32 - 1, 7, key_id=2**16 - 1)
        data = seal(header, structs, KEY)
        assert len(data) <= 1_432
        assert open_datagram(data, only_key) == (replace(header, count=count), structs)


@pytest.mark.parametrize("type_", list(MessageType), ids=lambda type_: type_.name)
def test_a_datagram_without_structs_is_a_header_and_a_tag(type_: MessageType) -> None:
    data = seal(Header(type_, session_id=1), b"", KEY)
    assert len(data) == 64
    assert open_datagram(data, only_key) == (Header(type_, session_id=1), b"")


def test_a_batch_that_is_too_long_for_a_datagram_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="longer"):
        seal(Header(MessageType.COMMANDS, 1), bytes(96 * 15), KEY)


def test_torn_structs_are_our_own_mistake() -> None:
    for type_, length in ((MessageType.COMMANDS, 95), (MessageType.BYE, 1), (MessageType.ACK, 1)):
        with pytest.raises(ValueError, match="whole structs"):
            seal(Header(type_, 1), bytes(length), KEY)


def test_a_key_of_another_length_is_our_own_mistake() -> None:
    for key in (b"", bytes(15), bytes(17)):
        with pytest.raises(ValueError, match="16 bytes"):
            seal(Header(MessageType.COMMANDS, 1), bytes(96), key)
        with pytest.raises(ValueError, match="16 bytes"):
            open_datagram(datagram(), lambda *_, key=key: key)


def test_the_key_is_looked_up_by_type_session_and_key_id() -> None:
    asked = []

    def lookup(type_: MessageType, session_id: int, key_id: int) -> bytes:
        asked.append((type_, session_id, key_id))
        return KEY

    open_datagram(seal(Header(MessageType.BYE, 77, key_id=5), b"", KEY), lookup)
    assert asked == [(MessageType.BYE, 77, 5)]


def test_nobody_else_s_key_opens_it() -> None:
    with pytest.raises(NotAuthentic):
        open_datagram(datagram(), lambda *_: bytes(16))
    with pytest.raises(NotAuthentic):
        open_datagram(datagram(), lambda *_: None)


def test_no_flipped_bit_goes_unnoticed() -> None:
    data = datagram(count=1)
    for bit in range(len(data) * 8):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(NotAuthentic):
            open_datagram(bytes(damaged), only_key)


def test_no_other_length_is_authentic() -> None:
    data = datagram()
    for length in range(len(data)):
        with pytest.raises(NotAuthentic):
            open_datagram(data[:length], only_key)
    with pytest.raises(NotAuthentic):
        open_datagram(data + b"\0", only_key)


LIES = {
    "flags": (6, "<H", 1),
    "count too small": (40, "<H", 2),
    "count too large": (40, "<H", 4),
    "no count": (40, "<H", 0),
    "payload length too small": (42, "<H", 24 + 2 * 96),
    "payload length too large": (42, "<H", 24 + 4 * 96),
    "no payload length": (42, "<H", 0),
    "root offset": (48, "<I", 16),
    "vtable": (54, "<H", 4),
    "vector length too small": (68, "<I", 2),
    "vector length too large": (68, "<I", 4),
    "no vector length": (68, "<I", 0),
    "huge vector length": (68, "<I", 2**32 - 1),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_lie_under_a_true_tag_is_malformed(lie: tuple[int, str, int]) -> None:
    at, format_, value = lie
    body = bytearray(datagram(count=3)[:-16])
    struct.pack_into(format_, body, at, value)
    with pytest.raises(Malformed):
        open_datagram(resealed(bytes(body)), only_key)


def test_structs_of_a_message_that_has_none_are_malformed() -> None:
    body = bytearray(datagram()[:-16])
    body[5] = MessageType.HEARTBEAT
    with pytest.raises(Malformed):
        open_datagram(resealed(bytes(body)), only_key)


def test_structs_of_another_message_are_malformed() -> None:
    body = bytearray(datagram(MessageType.EVENTS, 3)[:-16])
    body[5] = MessageType.COMMANDS
    with pytest.raises(Malformed):
        open_datagram(resealed(bytes(body)), only_key)


@pytest.mark.parametrize(("at", "value"), [(0, 0), (4, 2), (5, 0), (5, 11), (5, 255)])
def test_another_protocol_version_or_type_is_not_answered(at: int, value: int) -> None:
    body = bytearray(datagram()[:-16])
    body[at] = value
    with pytest.raises(NotAuthentic):
        open_datagram(resealed(bytes(body)), only_key)


def test_whatever_the_key_s_holder_sends_is_opened_or_refused_never_a_fault() -> None:
    source = random.Random(11)
    for _ in range(5_000):
        body = bytearray(datagram(source.choice(WITH_PAYLOAD), source.randint(1, 5))[:-16])
        for _ in range(source.randint(1, 4)):
            body[source.randrange(min(len(body), 80))] = source.randrange(256)
        body = body[: source.randint(48, len(body))]
        try:
            header, structs = open_datagram(resealed(bytes(body)), only_key)
        except WireError:
            continue
        assert len(structs) == header.count * STRUCT_BYTES[header.type]


def test_wrap_and_unwrap_are_inverse_and_nothing_else_unwraps() -> None:
    structs = bytes(range(96))
    payload = wrap(structs, 96)
    assert unwrap(payload, 96) == structs
    for at in range(framing.PREFIX_BYTES):
        damaged = bytearray(payload)
        damaged[at] ^= 1
        with pytest.raises(Malformed):
            unwrap(bytes(damaged), 96)
    for other in (payload[:-1], payload + b"\0", b"", payload[:24]):
        with pytest.raises(Malformed):
            unwrap(other, 96)


def test_the_twins_make_and_take_the_same_bytes() -> None:
    source = random.Random(5)
    twins = [framing.load_sealing(True), framing.load_sealing(False)]
    for _ in range(300):
        type_ = source.choice(list(MessageType))
        structs = source.randbytes(STRUCT_BYTES[type_] * source.randint(0, MOST.get(type_, 0)))
        numbers = [source.getrandbits(bits) for bits in (64, 64, 64, 16, 32, 32, 16)]
        sealed = [twin.seal_message(type_, *numbers, structs, KEY, 1_432) for twin in twins]
        assert sealed[0] == sealed[1]
        opened = [twin.open_message(sealed[0], only_key, 1_432) for twin in twins]
        assert opened[0] == opened[1]


def test_a_stream_frame_may_be_longer_than_a_datagram_but_has_a_bound() -> None:
    header = Header(MessageType.EVENTS, 1, 1)
    events = bytes(128 * framing.EVENTS_PER_FRAME_MAX)
    frame = framing.seal_frame(header, events, KEY)
    assert framing.open_frame(frame, only_key)[1] == events
    with pytest.raises(NotAuthentic):
        open_datagram(frame, only_key)
    with pytest.raises(ValueError, match="longer"):
        framing.seal_frame(header, events + bytes(128), KEY)
