"""The simulated disk loses exactly what a disk may lose."""

from itertools import product

import pytest

from tests.simulation.disk import SECTOR_BYTES, SimulatedDisk


def outcomes(disk: SimulatedDisk, asked: int) -> set[tuple[tuple[str, bytes], ...]]:
    """Return every content a crash may leave, of a disk that asks at most ``asked`` times."""
    found = set()
    for answers in product((True, False), repeat=asked):
        survives = iter(answers)
        found.add(tuple(sorted(disk.crash(survives.__next__).content().items())))
    return found


def test_what_was_synced_outlasts_every_crash():
    disk = SimulatedDisk()
    file = disk.open("a", create=True)
    file.write(b"synced", 0)
    file.sync()
    disk.sync()
    assert outcomes(disk, 0) == {(("a", b"synced"),)}
    assert disk.unsynced_bytes == 0
    assert disk.cut(0).content() == {"a": b"synced"}


def test_a_sector_holds_what_it_held_after_one_of_the_writes_to_it():
    disk = SimulatedDisk({"a": b"0"})
    for content in (b"1", b"2"):
        disk.open("a").write(content, 0)
    assert outcomes(disk, 2) == {(("a", content),) for content in (b"0", b"1", b"2")}


def test_any_sector_of_a_write_may_be_missing():
    disk = SimulatedDisk({"a": bytes(2 * SECTOR_BYTES)})
    disk.open("a").write(b"1" * 2 * SECTOR_BYTES, 0)
    halves = product((bytes(SECTOR_BYTES), b"1" * SECTOR_BYTES), repeat=2)
    assert outcomes(disk, 2) == {(("a", first + second),) for first, second in halves}


def test_a_cut_leaves_what_was_written_first_to_the_byte():
    disk = SimulatedDisk({"a": b"", "b": b""})
    disk.open("a").write(b"12", 0)
    disk.open("b").write(b"34", 0)
    disk.open("a").write(b"56", 2)
    left = [(b"", b""), (b"1", b""), (b"12", b""), (b"12", b"3"), (b"12", b"34"), (b"125", b"34")]
    assert [tuple(disk.cut(kept).content().values()) for kept in range(6)] == left
    assert disk.unsynced_bytes == 6


def test_a_name_is_there_for_good_once_the_directory_is_synced():
    disk = SimulatedDisk({"old": b"1"})
    disk.open("new", create=True).sync()
    disk.rename("new", "old")
    assert outcomes(disk, 2) == {(("old", b""),), (("old", b"1"),), (("new", b""), ("old", b"1"))}
    disk.sync()
    assert outcomes(disk, 0) == {(("old", b""),)}
    disk.remove("old")
    assert outcomes(disk, 1) == {(("old", b""),), ()}


def test_a_failed_sync_loses_what_it_should_have_kept_although_it_can_still_be_read():
    disk = SimulatedDisk({"a": b"0"})
    file = disk.open("a")
    file.write(b"1", 0)
    disk.fail_syncs = True
    with pytest.raises(OSError, match="sync failure"):
        file.sync()
    disk.fail_syncs = False
    file.sync()
    assert file.read(1, 0) == b"1"
    assert disk.crash(lambda: True).content() == {"a": b"0"}


def test_a_misdirected_write_is_seen_after_a_crash():
    disk = SimulatedDisk({"a": b"0000"})
    file = disk.open("a")
    disk.lands = lambda offset: offset + 2
    file.write(b"1", 0)
    disk.lands = lambda offset: None
    file.write(b"2", 1)
    file.sync()
    assert file.read(4, 0) == b"1200"
    assert disk.crash(lambda: True).content() == {"a": b"0010"}
