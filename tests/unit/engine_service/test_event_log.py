"""The event log holds what the journal produces, and says so when it does not."""

import pytest

from engine_service.data_files import DiskDirectory
from engine_service.errors import EventLogDamaged
from engine_service.event_log import EventLog
from schemas.layouts import EVENT_BYTES
from tests.simulation.disk import SimulatedDisk

PER_SEGMENT = 10


def events(first_seq: int, count: int) -> bytes:
    return b"".join(bytes([seq]) * EVENT_BYTES for seq in range(first_seq, first_seq + count))


def log_on(disk: SimulatedDisk) -> EventLog:
    return EventLog(disk, events_per_segment=PER_SEGMENT)


def disk_with(count: int) -> SimulatedDisk:
    disk = SimulatedDisk()
    log = log_on(disk)
    log.append(events(1, count))
    log.close()
    return disk


def replayed(disk: SimulatedDisk, count: int, held_back: int = 0) -> EventLog:
    log = log_on(disk)
    log.regenerate(events(1, count - held_back))
    last = events(count - held_back + 1, held_back)
    log.finish_replay(last)
    log.append(last)
    return log


def test_events_are_read_back_from_any_position_over_segments():
    log = log_on(disk_with(0))
    for first_seq in (1, 8, 9):
        log.append(events(first_seq, 7 if first_seq == 1 else 1))
    log.append(events(10, 20))
    for first_seq in range(1, 30):
        assert log.read(first_seq, 13) == events(first_seq, min(13, 30 - first_seq))
    assert log.read(30, 5) == b""
    assert log.next_seq == 30


@pytest.mark.parametrize("held_back", [0, 1, 12])
def test_replay_over_a_whole_log_changes_nothing(held_back):
    disk = disk_with(25)
    before = disk.content()
    assert replayed(disk, 25, held_back).next_seq == 26
    assert disk.content() == before


@pytest.mark.parametrize("held_back", [0, 1, 12])
def test_replay_writes_what_is_missing(held_back):
    for present in (0, 3, 10, 24):
        disk = disk_with(present)
        assert replayed(disk, 25, held_back).read(1, 25) == events(1, 25)


def test_a_torn_last_event_is_completed():
    disk = disk_with(5)
    (file,) = disk.files.values()
    del file.data[4 * EVENT_BYTES + 50 :]
    assert replayed(disk, 5).read(1, 5) == events(1, 5)


def test_a_page_lost_in_a_power_failure_is_written_again():
    disk = disk_with(8)
    (file,) = disk.files.values()
    file.data[2 * EVENT_BYTES : 4 * EVENT_BYTES] = bytes(2 * EVENT_BYTES)
    assert replayed(disk, 8).read(1, 8) == events(1, 8)


def test_an_event_torn_in_a_power_failure_is_written_again():
    """The page around it was there before: it was being written a second time."""
    disk = disk_with(8)
    (file,) = disk.files.values()
    file.data[2 * EVENT_BYTES + 50 : 3 * EVENT_BYTES] = bytes(EVENT_BYTES - 50)
    assert replayed(disk, 8).read(1, 8) == events(1, 8)


@pytest.mark.parametrize("held_back", [0, 6])
def test_an_event_that_differs_is_refused_with_file_and_offset(held_back):
    disk = disk_with(15)
    file = disk.files["events-00000002.log"]
    file.data[3 * EVENT_BYTES + 7] ^= 1
    before = disk.content()
    with pytest.raises(EventLogDamaged, match=r"events-00000002\.log, offset 384: event 14 "):
        replayed(disk, 15, held_back)
    assert disk.content() == before


@pytest.mark.parametrize("count", [4, 5, 10, 14])
def test_a_log_that_goes_on_past_the_journal_is_refused(count):
    """Released events were durable: the journal lost what made them."""
    disk = disk_with(15)
    with pytest.raises(EventLogDamaged, match=f"past event {count}, where the journal ends"):
        replayed(disk, count, held_back=min(count, 3))


def test_a_log_on_a_real_disk_is_read_back(tmp_path):
    directory = DiskDirectory(tmp_path)
    log = EventLog(directory, events_per_segment=PER_SEGMENT)
    for segment in range(20):  # more than are kept open
        log.append(events(segment * 10 + 1, 10))
    assert log.read(1, 200) == events(1, 200)
    log.close()
    directory.close()
