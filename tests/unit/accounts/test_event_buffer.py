"""Events wait between the stream and settlement, bounded and in order."""

import asyncio

import pytest

from accounts.errors import OutOfSequence
from accounts.settling.event_buffer import BUFFERED_EVENTS_MAX, EventBuffer
from accounts.settling.settled_position import SettledPosition


def events(first, count):
    return b"".join(number.to_bytes(128, "little") for number in range(first, first + count))


async def test_whatever_is_waiting_is_taken_at_once_up_to_the_bound():
    buffer = EventBuffer(5)
    await buffer.put(5, events(5, 3))
    await buffer.put(8, events(8, 4))
    assert await buffer.take(5) == (5, events(5, 5))
    await buffer.put(12, events(12, 1))
    assert await buffer.take(100) == (10, events(10, 3))


async def test_a_gap_in_the_stream_is_refused():
    buffer = EventBuffer(5)
    await buffer.put(5, events(5, 3))
    with pytest.raises(OutOfSequence):
        await buffer.put(9, events(9, 1))


async def test_the_stream_waits_while_the_buffer_is_full():
    buffer = EventBuffer(1)
    await buffer.put(1, bytes(128 * BUFFERED_EVENTS_MAX))
    putting = asyncio.create_task(buffer.put(BUFFERED_EVENTS_MAX + 1, bytes(128)))
    await asyncio.sleep(0)
    assert not putting.done()
    await buffer.take(1)
    await putting


async def test_a_taker_waits_for_the_first_event():
    buffer = EventBuffer(1)
    taking = asyncio.create_task(buffer.take(10))
    await asyncio.sleep(0)
    await buffer.put(1, events(1, 2))
    assert await taking == (1, events(1, 2))


async def test_a_reader_that_waits_for_its_own_write_is_woken_by_it():
    position = SettledPosition()
    waiting = asyncio.create_task(position.reached(7, 5))
    await asyncio.sleep(0)
    position.advance(6)
    await asyncio.sleep(0)
    assert not waiting.done()
    position.advance(8)
    assert await waiting is True
    assert await position.reached(9, 0) is False
