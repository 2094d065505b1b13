"""What waits to be written is bounded by number and by size; answers are bounded elsewhere."""

import asyncio
from contextlib import suppress

from gateway.ws.frames import SharedFrame, text_frames
from gateway.ws.outbox import PUSHED_BYTES_MAX, PUSHES_MAX, SNAPSHOT_BYTES_MAX, Outbox


class Wire:
    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.open = asyncio.Event()

    async def write(self, messages: list[bytes]) -> None:
        await self.open.wait()
        self.written += messages


async def test_the_257th_push_is_not_taken() -> None:
    outbox = Outbox(Wire().write)
    assert all(outbox.push(b"x") for _ in range(PUSHES_MAX))
    assert not outbox.push(b"x")


async def test_a_mebibyte_is_the_most_that_waits() -> None:
    outbox = Outbox(Wire().write)
    assert outbox.push(bytes(PUSHED_BYTES_MAX - 1))
    assert not outbox.push(b"xx")
    assert outbox.push(b"x")


async def test_snapshots_and_answers_do_not_count_as_pushes() -> None:
    outbox = Outbox(Wire().write)
    outbox.answer(bytes(4 * PUSHED_BYTES_MAX))
    assert outbox.snapshot(bytes(4 * PUSHED_BYTES_MAX))
    assert outbox.push(b"x")


async def test_snapshots_that_nobody_reads_are_bounded_and_one_alone_is_taken() -> None:
    wire = Wire()
    outbox = Outbox(wire.write)
    assert outbox.snapshot(bytes(SNAPSHOT_BYTES_MAX + 1))
    assert not outbox.snapshot(b"x")
    writing = asyncio.create_task(outbox.run())
    wire.open.set()
    await outbox.drained()
    assert outbox.snapshot(bytes(SNAPSHOT_BYTES_MAX)) and not outbox.snapshot(b"x")
    writing.cancel()


async def test_what_is_written_makes_room_and_keeps_its_order() -> None:
    wire = Wire()
    outbox = Outbox(wire.write)
    writing = asyncio.create_task(outbox.run())
    for number in range(PUSHES_MAX):
        outbox.push(b"%d" % number)
    outbox.answer(b"answer")
    wire.open.set()
    await outbox.drained()
    assert wire.written == [*(b"%d" % number for number in range(PUSHES_MAX)), b"answer"]
    assert all(outbox.push(b"x") for _ in range(PUSHES_MAX))
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing


async def test_who_waits_for_a_client_that_is_gone_waits_no_longer() -> None:
    async def write(_: list[bytes]) -> None:
        raise ConnectionResetError

    outbox = Outbox(write)
    outbox.answer(b"1")
    writing = asyncio.create_task(outbox.run())
    async with asyncio.timeout(5):
        await outbox.drained()
    await asyncio.gather(writing, return_exceptions=True)


async def test_while_nothing_waits_a_push_is_written_at_once_and_in_its_order() -> None:
    wire, direct = Wire(), [True]

    def write_now(data: bytes) -> bool:
        if direct[0]:
            wire.written.append(data)
        return direct[0]

    outbox = Outbox(wire.write, write_now)
    outbox.push(b"1")
    outbox.answer(b"2")
    outbox.push(b"3")  # behind the answer, which waits
    assert wire.written == [b"1"]
    wire.open.set()
    writing = asyncio.create_task(outbox.run())
    await outbox.drained()
    outbox.push(b"4")
    assert wire.written == [b"1", b"2", b"3", b"4"]
    writing.cancel()


async def test_a_reader_who_reads_too_little_is_bounded_as_before() -> None:
    outbox = Outbox(Wire().write, lambda _: False)
    assert all(outbox.push(b"x") for _ in range(PUSHES_MAX))
    assert not outbox.push(b"x")


def test_a_message_is_framed_once_for_all_who_read_it() -> None:
    shared = SharedFrame()
    for size in (1, 125, 126, 65_535, 65_536):
        message = bytes(size)
        frame = shared.of(message)
        assert frame == text_frames([message])
        assert shared.of(message) is frame
    assert shared.of(b"another") == text_frames([b"another"])
