"""The compiled server's own way to a real disk, beside the readable one's."""

import os

import pytest

from domain.commands import OpenAccount
from engine_core import CORES
from engine_service.data_files import DiskDirectory
from schemas.framing import MessageType
from tests.unit.engine_service.rig import Died, Rig

ACCOUNTS_A_DATAGRAM = 14


def accounts(first_id, count=ACCOUNTS_A_DATAGRAM):
    return [OpenAccount(account_id=first_id + n, group_id=1) for n in range(count)]


def written_by(twin, path, monkeypatch, sync_enabled):
    """Flushes of one command, of some and of many: small, large, and over a segment's end."""
    monkeypatch.setattr("tests.unit.engine_service.rig.TWIN", twin)
    directory = DiskDirectory(path)
    rig = Rig(directory, sync_enabled=sync_enabled)
    session = rig.welcomed(from_event_seq=1)
    seq = 1
    for turn in range(90):
        datagrams = []
        for _ in range((1, 3, 60)[turn % 3]):
            count = 1 if turn % 3 == 0 else ACCOUNTS_A_DATAGRAM
            datagrams.append(session.commands(seq, *accounts(1_000 + seq, count)))
            seq += count
        sent = rig.say(*datagrams)
        assert {session.open(datagram)[0].type for datagram in sent} <= {
            MessageType.ACK,
            MessageType.EVENTS,
        }
        assert rig.event_log.next_seq == rig.core.next_event_seq == seq
    assert rig.metrics.commands == seq - 1
    rig.journal.close()
    rig.event_log.close()
    directory.close()
    return {name: (path / name).read_bytes() for name in sorted(os.listdir(path))}


@pytest.mark.parametrize("sync_enabled", [True, False])
def test_both_twins_write_the_same_files(tmp_path, monkeypatch, sync_enabled):
    reference, compiled = (
        written_by(twin, tmp_path / twin, monkeypatch, sync_enabled) for twin in CORES
    )
    used = {name for name, data in reference.items() if data.strip(b"\0")}
    assert len([name for name in used if name.startswith("journal")]) > 1
    assert used <= compiled.keys()
    for name in used:
        assert compiled[name] == reference[name], name
    assert {name for name, data in compiled.items() if data.strip(b"\0")} == used


class Replaced:
    """A file whose descriptor is another's."""

    def __init__(self, file, fd):
        self._file, self._fd = file, fd
        self.syncs = 0

    def fileno(self):
        return self._fd

    def sync(self):
        self.syncs += 1

    def __getattr__(self, name):
        return getattr(self._file, name)


def test_a_failed_sync_kills_the_process_and_nothing_leaves(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.unit.engine_service.rig.TWIN", "compiled")
    directory = DiskDirectory(tmp_path)
    rig = Rig(directory)
    session = rig.welcomed(from_event_seq=1)
    with open("/dev/null", "wb") as nowhere:  # takes every write and cannot sync
        file = rig.journal._file = Replaced(rig.journal._file, nowhere.fileno())
        with pytest.raises(Died) as death:
            rig.say(session.commands(1, *accounts(1)))
    assert "flushing the journal failed" in str(death.value.__cause__)
    assert file.syncs == 0, "asked again, the kernel would say that all is well"
    assert rig.udp.sent() == [] and rig.event_log.next_seq == 1
    rig.journal.close()
    directory.close()


def test_a_disk_that_refuses_a_write_kills_the_process_and_nothing_leaves(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.unit.engine_service.rig.TWIN", "compiled")
    directory = DiskDirectory(tmp_path)
    rig = Rig(directory)
    session = rig.welcomed(from_event_seq=1)
    with open("/dev/full", "r+b", buffering=0) as full:

        def write(data, _offset):
            os.write(full.fileno(), data)

        file = rig.journal._file = Replaced(rig.journal._file, full.fileno())
        file.write = write
        with pytest.raises(Died) as death:
            rig.say(session.commands(1, *accounts(1)))
    assert "writing the journal failed" in str(death.value.__cause__)
    assert rig.udp.sent() == [] and rig.event_log.next_seq == 1
    rig.journal.close()
    directory.close()
