"""The process that makes snapshots, and what it does when its one thread dies."""

import threading

import pytest

from engine_core import CoreNotBuilt
from engine_service.config import SnapshotsConfig
from engine_service.errors import EngineServiceError
from engine_service.snapshots import Snapshots, run
from tests.integration.engine_process import free_ports


async def test_a_process_whose_thread_failed_ends_and_is_started_again(tmp_path, monkeypatch):
    def fails(snapshots: Snapshots) -> None:
        raise RuntimeError("a surprise")

    told: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(Snapshots, "run", fails)
    monkeypatch.setattr(threading, "excepthook", told.append)
    config = SnapshotsConfig(engine_data_dir=tmp_path, snapshots_http_port=free_ports().http)
    with pytest.raises(EngineServiceError, match="its traceback is above"):
        await run(config)
    for thread in threading.enumerate():
        if thread.name == "snapshots":
            thread.join()
    assert [type(each.exc_value) for each in told] == [RuntimeError]


async def test_a_process_without_a_core_says_so_at_its_start(tmp_path, monkeypatch):
    def none_is_built() -> None:
        raise CoreNotBuilt("build it first")

    monkeypatch.setattr("engine_service.snapshots.load_core", none_is_built)
    config = SnapshotsConfig(engine_data_dir=tmp_path, snapshots_http_port=free_ports().http)
    with pytest.raises(CoreNotBuilt, match="build it first"):
        await run(config)
