"""Domain objects to structs and back: what is not canonical is refused."""

import random
from dataclasses import fields
from enum import IntFlag
from typing import Any

import pytest

from domain.events import Outcome, OutcomeResult
from domain.reasons import RejectReason
from schemas import codec
from schemas.errors import Malformed
from schemas.layouts import COMMANDS, EVENTS, Layout

LAYOUTS = [pytest.param(layout, id=layout.kind.name) for layout in COMMANDS + EVENTS]


def example(layout: Layout, source: random.Random) -> Any:
    """An object with a value in every field, no two alike where they can differ."""
    enums = dict(layout.enums)
    values: dict[str, Any] = {}
    for at, name in enumerate(layout.fields):
        if at in enums:
            members = list(enums[at])
            is_flag = issubclass(enums[at], IntFlag)
            values[name] = enums[at](0) if is_flag and not members else source.choice(members)
        elif at in layout.texts:
            values[name] = bytes(source.choices(b"ABCXYZ019", k=source.randint(1, 24)))
        elif name in ("client_order_id", "request_id"):
            values[name] = source.randbytes(28)
        elif name.endswith(("_bps", "scale", "request", "side", "tier")):
            values[name] = source.randint(0, 1)
        else:
            values[name] = source.randint(0, 2**31)
    return layout.domain_type(**values)


def encode(layout: Layout, value: Any) -> bytes:
    return codec.encode_command(value) if layout in COMMANDS else codec.encode_event(value)


def decode(layout: Layout, data: bytes) -> Any:
    return codec.decode_command(data) if layout in COMMANDS else codec.decode_event(data)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_object_comes_back_as_it_was(layout: Layout) -> None:
    source = random.Random(int(layout.kind))
    for _ in range(50):
        value = example(layout, source)
        data = encode(layout, value)
        assert len(data) == layout.packer.size
        assert decode(layout, data) == value
    assert {field.name for field in fields(layout.domain_type)} == set(layout.fields)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_whatever_bytes_decode_encode_to_the_same_bytes(layout: Layout) -> None:
    source = random.Random(int(layout.kind))
    data = encode(layout, example(layout, source))
    refused = 0
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            value = decode(layout, bytes(changed))
        except Malformed:
            refused += 1
            continue
        if changed[0] == data[0]:
            assert encode(layout, value) == changed
    assert refused > 0


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_reserved_byte_that_is_set_is_malformed(layout: Layout) -> None:
    data = encode(layout, example(layout, random.Random(1)))
    reserved = reserved_bytes(layout)
    for at in reserved:
        changed = bytearray(data)
        changed[at] = 1
        with pytest.raises(Malformed):
            decode(layout, bytes(changed))


def reserved_bytes(layout: Layout) -> list[int]:
    """Where packing all ones leaves zeros."""
    size = layout.packer.size
    ones = layout.packer.unpack(b"\xff" * size)
    return [at for at, byte in enumerate(layout.packer.pack(*ones)) if byte == 0]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_another_length_or_an_unknown_kind_is_malformed(layout: Layout) -> None:
    data = encode(layout, example(layout, random.Random(1)))
    for wrong in (data[:-1], data + b"\0", b"", b"\0" + data[1:], b"\xff" + data[1:]):
        with pytest.raises(Malformed):
            decode(layout, wrong)


def test_outcomes_come_back_and_torn_or_unknown_ones_are_refused() -> None:
    outcomes = [
        Outcome(
            result=result,
            reason=reason,
            order_id=2**53 - 1,
            last_event_seq=2**60,
            event_count=65_536,
        )
        for result in OutcomeResult
        for reason in RejectReason
    ]
    data = b"".join(map(codec.encode_outcome, outcomes))
    assert codec.decode_outcomes(data) == outcomes
    for wrong in (data[:-1], bytes(24), data[:22] + b"\x04\0"):
        with pytest.raises(Malformed):
            codec.decode_outcomes(wrong)


def test_a_torn_batch_of_events_is_malformed() -> None:
    with pytest.raises(Malformed):
        codec.decode_events(bytes(129))
