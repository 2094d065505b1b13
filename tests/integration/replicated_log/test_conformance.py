"""What every log promises, whatever it is made of: the same stories on a file, on three NATS
servers and on PostgreSQL.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from replicated_log.certainty import append_surely
from replicated_log.errors import LogRefused, LogTrimmed
from replicated_log.log import (
    ENTRY_BYTES_MAX,
    READ_BYTES_MAX,
    Appended,
    Conflict,
    LogEntry,
    ReplicatedLog,
)
from tests.integration.replicated_log.conftest import OpenLog

pytestmark = pytest.mark.timeout(120)


async def filled(log: ReplicatedLog, shard: int, count: int) -> list[LogEntry]:
    for number in range(count):
        assert await append_surely(log, shard, number, b"entry %d" % (number + 1))
    return [LogEntry(seq, b"entry %d" % seq) for seq in range(1, count + 1)]


async def seen(log: ReplicatedLog, shard: int, from_seq: int, limit: int) -> list[LogEntry]:
    """As ``read``, of what is known to be there: a replica may be a moment behind."""
    entries: list[LogEntry] = []
    while len(entries) < limit:
        entries += await log.read(shard, from_seq + len(entries), limit - len(entries))
    return entries


async def head_of(log: ReplicatedLog, shard: int, at_least: int) -> int:
    while (head_seq := await log.head(shard)) < at_least:
        pass
    return head_seq


async def test_an_entry_is_appended_after_the_one_its_writer_expected_last(
    log: ReplicatedLog, shard: int
) -> None:
    assert await log.head(shard) == 0
    assert await log.read(shard, 1, 10) == []
    assert await append_surely(log, shard, 0, b"first") == Appended(1)
    assert await append_surely(log, shard, 1, b"second") == Appended(2)
    assert await head_of(log, shard, 2) == 2
    assert await seen(log, shard, 1, 2) == [LogEntry(1, b"first"), LogEntry(2, b"second")]


async def test_an_entry_at_a_place_that_is_taken_or_too_far_conflicts_and_changes_nothing(
    log: ReplicatedLog, shard: int
) -> None:
    entries = await filled(log, shard, 3)
    for expected_seq in (0, 1, 2, 4, 5, 1_000_000):
        assert await log.append(shard, expected_seq, b"wrong") == Conflict(3)
    assert await seen(log, shard, 1, 3) == entries
    assert await log.head(shard) == 3


async def test_one_of_many_writers_at_one_place_wins_and_the_others_know(
    opened: OpenLog, shard: int
) -> None:
    logs = [await opened() for _ in range(4)]
    await filled(logs[0], shard, 1)
    for round_number in range(1, 11):
        offers = [b"round %d writer %d" % (round_number, number) for number in range(4)]
        outcomes = await asyncio.gather(
            *(
                append_surely(log, shard, round_number, data)
                for log, data in zip(logs, offers, strict=True)
            )
        )
        winners = [
            data
            for data, outcome in zip(offers, outcomes, strict=True)
            if outcome == Appended(round_number + 1)
        ]
        assert len(winners) == 1
        assert all(isinstance(outcome, Appended | Conflict) for outcome in outcomes)
        assert (await seen(logs[-1], shard, round_number + 1, 1))[0].data == winners[0]


async def test_the_same_bytes_at_the_same_place_are_in_the_log_once(
    opened: OpenLog, shard: int
) -> None:
    log, again = await opened(), await opened()
    assert await append_surely(log, shard, 0, b"takeover by b in epoch 2") == Appended(1)
    assert await append_surely(again, shard, 0, b"takeover by b in epoch 2") == Appended(1)
    assert await append_surely(again, shard, 0, b"takeover by a in epoch 2") == Conflict(1)
    assert await head_of(log, shard, 1) == 1


async def test_an_append_sent_ahead_follows_the_takeover_it_knew_nothing_of(
    opened: OpenLog, shard: int
) -> None:
    """Why a writer has one append under way at a time."""
    leader, standby = await opened(), await opened()
    assert await append_surely(standby, shard, 0, b"takeover by b in epoch 2") == Appended(1)
    first = await leader.append(shard, 0, b"orders of epoch 1")
    ahead = await leader.append(shard, 1, b"more orders of epoch 1")
    assert (first, ahead) == (Conflict(1), Appended(2))


async def test_entries_are_the_bytes_they_were_up_to_the_largest(
    log: ReplicatedLog, shard: int
) -> None:
    every_byte = bytes(range(256))
    offered = [b"", b"\0", b"\r\n\r\n", every_byte, every_byte * (ENTRY_BYTES_MAX // 256)]
    for number, data in enumerate(offered):
        assert await append_surely(log, shard, number, data) == Appended(number + 1)
    assert [entry.data for entry in await seen(log, shard, 1, len(offered))] == offered
    with pytest.raises(LogRefused, match=str(ENTRY_BYTES_MAX)):
        await log.append(shard, len(offered), b"x" * (ENTRY_BYTES_MAX + 1))
    assert await head_of(log, shard, len(offered)) == len(offered)


async def test_a_read_returns_no_more_than_was_asked_for_and_than_its_bound(
    log: ReplicatedLog, shard: int
) -> None:
    entries = await filled(log, shard, 5)
    await seen(log, shard, 5, 1)
    assert await seen(log, shard, 2, 2) == entries[1:3]
    assert await log.read(shard, 6, 10) == []
    assert await log.read(shard, 7, 10) == []
    for number in range(5, 11):
        assert await append_surely(log, shard, number, b"x" * ENTRY_BYTES_MAX)
    await seen(log, shard, 11, 1)
    sizes = [len(entry.data) for entry in await log.read(shard, 6, 100)]
    assert 1 <= len(sizes) and sum(sizes) <= READ_BYTES_MAX + ENTRY_BYTES_MAX


async def test_shards_know_nothing_of_each_other(log: ReplicatedLog, shard: int) -> None:
    other = shard + 10_000
    await filled(log, shard, 3)
    assert await log.head(other) == 0
    assert await append_surely(log, other, 0, b"other") == Appended(1)
    assert await append_surely(log, shard, 3, b"fourth") == Appended(4)
    assert await seen(log, other, 1, 1) == [LogEntry(1, b"other")]


async def test_a_tail_yields_what_is_there_and_then_what_comes(opened: OpenLog, shard: int) -> None:
    writer, reader = await opened(), await opened()
    entries = await filled(writer, shard, 10)
    taken: list[LogEntry] = []
    async with asyncio.timeout(60), aclosing(reader.tail(shard, 4)) as tail:
        async for entry in tail:
            taken.append(entry)
            if entry.seq >= 10 and entry.seq < 30:  # each comes while the tail waits for it
                data = b"entry %d" % (entry.seq + 1)
                assert await append_surely(writer, shard, entry.seq, data)
                entries.append(LogEntry(entry.seq + 1, data))
            if entry.seq == 30:
                break
    assert taken == entries[3:]


async def test_a_tail_begun_past_the_head_waits_for_its_entry(opened: OpenLog, shard: int) -> None:
    writer, reader = await opened(), await opened()
    await filled(writer, shard, 2)
    async with asyncio.timeout(60), aclosing(reader.tail(shard, 4)) as tail:
        first = asyncio.ensure_future(anext(tail))
        for number in (2, 3, 4):
            assert await append_surely(writer, shard, number, b"entry %d" % (number + 1))
        assert await first == LogEntry(4, b"entry 4")


async def test_a_tail_takes_thousands_of_entries_in_order(opened: OpenLog, shard: int) -> None:
    writer, reader = await opened(), await opened()

    async def follow() -> list[int]:
        async with asyncio.timeout(100), aclosing(reader.tail(shard, 1)) as tail:
            taken = []
            async for entry in tail:
                assert entry.data == b"%d" % entry.seq * 100
                taken.append(entry.seq)
                if len(taken) == 800:
                    return taken
        return taken

    following = asyncio.create_task(follow())
    for number in range(800):
        assert await append_surely(writer, shard, number, b"%d" % (number + 1) * 100)
    assert await following == list(range(1, 801))


async def test_trimmed_entries_are_refused_and_the_others_and_the_order_stay(
    opened: OpenLog, shard: int
) -> None:
    log, other = await opened(), await opened()
    entries = await filled(log, shard, 10)
    await seen(other, shard, 10, 1)
    await log.trim(shard, 6)
    for one in (log, other, await opened()):
        with pytest.raises(LogTrimmed) as refused:
            while True:  # until the replica that answers has trimmed as well
                await one.read(shard, 5, 1)
        assert refused.value.first_seq == 6
        assert await seen(one, shard, 6, 5) == entries[5:]
    with pytest.raises(LogTrimmed):
        async with aclosing(other.tail(shard, 1)) as tail:
            await anext(tail)
    assert await other.append(shard, 0, b"again from the beginning") == Conflict(10)
    assert await append_surely(other, shard, 10, b"entry 11") == Appended(11)


async def test_the_last_entry_is_never_trimmed(log: ReplicatedLog, shard: int) -> None:
    await filled(log, shard, 3)
    await seen(log, shard, 3, 1)
    await log.trim(shard, 1_000)
    assert await seen(log, shard, 3, 1) == [LogEntry(3, b"entry 3")]
    assert await log.head(shard) == 3
    assert await append_surely(log, shard, 3, b"entry 4") == Appended(4)


async def test_what_was_appended_is_there_when_the_log_is_opened_again(
    opened: OpenLog, shard: int
) -> None:
    first = await opened()
    entries = await filled(first, shard, 4)
    await first.close()
    again = await opened()
    assert await head_of(again, shard, 4) == 4
    assert await seen(again, shard, 1, 4) == entries
    assert await append_surely(again, shard, 4, b"entry 5") == Appended(5)
