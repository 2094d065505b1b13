"""Messages of every length become bytes that a reader of RFC 6455 takes apart again."""

import pytest

from gateway.ws.frames import text_frames


def read(data: bytes) -> list[bytes]:
    """Return the payloads of unmasked text frames."""
    messages, at = [], 0
    while at < len(data):
        assert data[at] == 0x81, "whole, and text"
        size, at = data[at + 1], at + 2
        wide = {126: 2, 127: 8}.get(size, 0)
        size, at = int.from_bytes(data[at : at + wide], "big") if wide else size, at + wide
        messages.append(data[at : at + size])
        at += size
    return messages


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
def test_messages_of_every_length_arrive_whole_and_in_order(size: int) -> None:
    messages = [b"a" * size, b"b", b"c" * size]
    assert read(text_frames(messages)) == messages
