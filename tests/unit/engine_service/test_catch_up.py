"""The stream's other end is told what it cannot be given."""

import socket

import pytest

from engine_service.archive import archive
from engine_service.catch_up import CatchUp
from engine_service.event_log import EventLog
from schemas.layouts import EVENT_BYTES
from tests.unit.engine_service.rig import MASTER_KEY
from tests.unit.engine_service.test_event_log import PER_SEGMENT, disk_with, events
from transport.engine_address import EngineAddress
from transport.errors import StreamBroken
from transport.event_follower import follow_events


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_reader_of_archived_events_is_told_what_is_at_hand_and_what_to_do() -> None:
    disk = disk_with(35)
    archive(disk, "events-00000001.log")
    archive(disk, "events-00000002.log")
    log = EventLog(disk, events_per_segment=PER_SEGMENT)
    log.resume(36)
    address = EngineAddress("127.0.0.1", 0, free_port())
    async with CatchUp(log, MASTER_KEY).serving("127.0.0.1", address.tcp_port):
        with pytest.raises(StreamBroken, match="event 20 .*before 21 are archived.*rebuild ledger"):
            await anext(follow_events(address, MASTER_KEY, 20, 1))
        stream = follow_events(address, MASTER_KEY, 21, 1)
        first_seq, received = await anext(stream)
        await stream.aclose()
    assert (first_seq, received) == (21, events(21, len(received) // EVENT_BYTES))
