"""Every struct packed here is what flatc's own accessors read: same offsets, widths and signs."""

import importlib
import random
import re
from typing import Any

import pytest

from domain.events import Outcome, OutcomeResult
from domain.reasons import RejectReason
from schemas.codec import encode_outcome
from schemas.framing import STRUCT_BYTES, MessageType, wrap
from schemas.layouts import COMMANDS, EVENTS, Layout
from tests.contract.session_structs import SESSION_STRUCTS
from tests.fuzz.codec import built_by_flatbuffers

_RANGES = {
    "B": (1, 2**8),
    "H": (1, 2**16),
    "I": (1, 2**32),
    "q": (-(2**63), 2**63),
    "Q": (1, 2**64),
}
_BATCHES = {
    MessageType.HELLO: "Hello",
    MessageType.WELCOME: "Welcome",
    MessageType.COMMANDS: "Command",
    MessageType.ACK: "Outcome",
    MessageType.NOT_LEADER: "NotLeader",
    MessageType.EVENTS: "Event",
    MessageType.NAK: "EventRange",
    MessageType.REJECT: "SessionReject",
}


def generated(name: str) -> Any:
    return getattr(importlib.import_module(f"schemas.generated.{name}"), name)


def pascal(field: str) -> str:
    return "".join(part.capitalize() for part in field.split("_"))


def read(accessor: Any, field: str) -> Any:
    value = getattr(accessor, pascal(field))
    length = getattr(accessor, pascal(field) + "Length", None)
    return bytes(value(at) for at in range(length())) if length else value()


def random_values(format_: str, source: random.Random) -> list[Any]:
    values: list[Any] = []
    for repeat, kind in re.findall(r"(\d*)([a-zA-Z])", format_):
        if kind == "s":
            values.append(source.randbytes(int(repeat)))
        elif kind != "x":
            values += [source.randrange(*_RANGES[kind]) for _ in range(int(repeat or 1))]
    return values


def vector_of(name: str, structs: bytes, struct_bytes: int) -> Any:
    root = generated(f"{name}Batch").GetRootAs(wrap(structs, struct_bytes), 0)
    field = {"Command": "Commands", "Event": "Events", "Hello": "Hellos", "Welcome": "Welcomes"}
    plural = (
        field.get(name)
        or {
            "Outcome": "Outcomes",
            "NotLeader": "Leaders",
            "EventRange": "Ranges",
            "SessionReject": "Rejects",
        }[name]
    )
    assert getattr(root, f"{plural}Length")() == len(structs) // struct_bytes
    return getattr(root, plural)


@pytest.mark.parametrize("layout", COMMANDS + EVENTS, ids=lambda layout: layout.kind.name)
def test_the_generated_accessors_read_every_field_where_it_was_packed(layout: Layout) -> None:
    name = layout.domain_type.__name__
    batch = "Command" if layout in COMMANDS else "Event"
    source = random.Random(layout.kind)
    structs = []
    expected = []
    for _ in range(3):
        values = random_values(layout.packer.format[2:], source)
        structs.append(layout.packer.pack(layout.kind, *values))
        expected.append(dict(zip(layout.fields, values, strict=True)))
    item = vector_of(batch, b"".join(structs), layout.packer.size)
    for at, fields in enumerate(expected):
        any_kind = item(at)
        assert any_kind.Kind() == layout.kind
        view = generated(name)()  # the same bytes, seen as the struct of that kind
        view.Init(any_kind._tab.Bytes, any_kind._tab.Pos)
        assert {field: read(view, field) for field in layout.fields} == fields


@pytest.mark.parametrize("layout", COMMANDS + EVENTS, ids=lambda layout: layout.kind.name)
def test_every_named_field_of_the_schema_is_in_the_layout(layout: Layout) -> None:
    accessor = generated(layout.domain_type.__name__)
    known = {pascal(field) for field in layout.fields} | {"Kind", "Init", "SizeOf"}
    named = {
        name
        for name in vars(accessor)
        if name[0] != "_" and not name.startswith("Reserved") and not _about_an_array(name)
    }
    assert named == known
    assert accessor.SizeOf() == layout.packer.size


def _about_an_array(name: str) -> bool:
    return name.endswith(("AsNumpy", "Length", "IsNone"))


@pytest.mark.parametrize("name", SESSION_STRUCTS)
def test_the_session_s_structs_are_read_where_they_were_packed(name: str) -> None:
    packer, fields = SESSION_STRUCTS[name]
    values = random_values(packer.format[1:], random.Random(3))
    view = vector_of(name, packer.pack(*values) * 2, packer.size)(1)
    assert [read(view, field) for field in fields.split()] == values
    assert generated(name).SizeOf() == packer.size


def test_outcomes_are_packed_as_the_accessor_reads_them() -> None:
    outcome = Outcome(
        result=OutcomeResult.REJECTED,
        reason=RejectReason.KEY_REUSED,
        order_id=2**53 - 1,
        last_event_seq=2**40,
        event_count=65_536,
    )
    view = vector_of("Outcome", encode_outcome(outcome), 24)(0)
    fields = ("result", "reason", "order_id", "last_event_seq", "event_count")
    assert [read(view, field) for field in fields] == [getattr(outcome, field) for field in fields]


@pytest.mark.parametrize("type_", _BATCHES, ids=lambda type_: type_.name)
def test_the_payload_is_byte_for_byte_the_builder_s_for_every_batch_size(
    type_: MessageType,
) -> None:
    size = STRUCT_BYTES[type_]
    for count in range(1, (1_432 - 88) // size + 1):
        structs = random.Random(count).randbytes(count * size)
        assert built_by_flatbuffers(structs, size) == wrap(structs, size)


def test_every_message_with_a_payload_has_its_batch_in_the_schema() -> None:
    assert _BATCHES.keys() == {type_ for type_, size in STRUCT_BYTES.items() if size}
    for type_, name in _BATCHES.items():
        assert generated(name).SizeOf() == STRUCT_BYTES[type_]
