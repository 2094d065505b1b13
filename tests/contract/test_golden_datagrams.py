"""Datagrams pinned to the byte: an old client and a new engine understand each other."""

import importlib
import json
import re
from typing import Any

import pytest

from schemas import codec, framing
from schemas.framing import MessageType, load_sealing, open_datagram, seal
from tests.contract.golden_datagrams import (
    DIRECTORY,
    Golden,
    datagram_in,
    expectation,
    goldens,
    path_of,
)

GOLDENS = list(goldens())
every_golden = pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
BATCHES = {
    MessageType.HELLO: ("HelloBatch", "Hellos"),
    MessageType.WELCOME: ("WelcomeBatch", "Welcomes"),
    MessageType.COMMANDS: ("CommandBatch", "Commands"),
    MessageType.ACK: ("OutcomeBatch", "Outcomes"),
    MessageType.NOT_LEADER: ("NotLeaderBatch", "Leaders"),
    MessageType.EVENTS: ("EventBatch", "Events"),
    MessageType.NAK: ("EventRangeBatch", "Ranges"),
    MessageType.REJECT: ("SessionRejectBatch", "Rejects"),
}


def content_of(golden: Golden) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path_of(golden.name).read_text(encoding="ascii"))
    return content


def test_every_message_type_command_and_event_kind_has_its_golden_datagram() -> None:
    written = {path.stem for path in DIRECTORY.glob("*.json")}
    assert written == {golden.name for golden in GOLDENS}, (
        "python -m tests.contract.golden_datagrams writes what is missing"
    )


@pytest.mark.parametrize("pure_python", [True, False], ids=["reference", "compiled"])
@every_golden
def test_a_datagram_is_what_it_always_was(
    golden: Golden, pure_python: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(framing, "_TWIN", load_sealing(pure_python))
    content = content_of(golden)
    datagram = datagram_in(content)
    assert seal(golden.header, golden.structs, golden.key) == datagram
    header, structs = open_datagram(datagram, lambda *_: bytes.fromhex(content["key"]))
    assert structs == golden.structs
    assert expectation(golden) == {name: content[name] for name in ("header", "structs")}
    read = {name: str(int(getattr(header, name))) for name in content["header"]}
    assert read == content["header"]


@every_golden
def test_the_codec_reads_and_writes_every_kind(golden: Golden) -> None:
    if golden.header.type is MessageType.EVENTS:
        assert codec.encode_event(codec.decode_event(golden.structs[:128])) == golden.structs[:128]
    elif golden.header.type is MessageType.COMMANDS:
        command = golden.structs[:96]
        assert codec.encode_command(codec.decode_command(command)) == command


def generated(name: str) -> Any:
    return getattr(importlib.import_module(f"schemas.generated.{name}"), name)


def pascal(field: str) -> str:
    return "".join(part.capitalize() for part in field.split("_"))


def read_by_flatc(view: Any, expected: dict[str, str]) -> dict[str, str]:
    found = {"struct": expected["struct"]}
    for field in list(expected)[1:]:
        value = getattr(view, pascal(field))
        length = getattr(view, pascal(field) + "Length", None)
        found[field] = bytes(map(value, range(length()))).hex() if length else str(value())
    return found


@every_golden
def test_the_code_that_flatc_generates_for_python_reads_the_same(golden: Golden) -> None:
    content = content_of(golden)
    if not content["structs"]:
        return
    batch, plural = BATCHES[golden.header.type]
    root = generated(batch).GetRootAs(datagram_in(content)[48:-16], 0)
    assert getattr(root, f"{plural}Length")() == len(content["structs"])
    for at, expected in enumerate(content["structs"]):
        item = getattr(root, plural)(at)
        view = generated(expected["struct"])()
        view.Init(item._tab.Bytes, item._tab.Pos)
        assert read_by_flatc(view, expected) == expected


def test_a_golden_file_says_nothing_that_is_not_read() -> None:
    for golden in GOLDENS:
        content = content_of(golden)
        assert list(content) == ["key", "datagram", "header", "structs"]
        assert all(re.fullmatch(r"[0-9a-f ]+", line) for line in content["datagram"])
