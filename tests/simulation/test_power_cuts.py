"""No power cut loses an acknowledged command. `openbell power-cuts` does many more."""

import pytest

from engine_core import CORES
from engine_service.errors import EngineServiceError
from tests.simulation.power_cuts import cut_power
from tests.unit.engine_service import rig

CUTS = {"reference": 100, "compiled": 1_000}


@pytest.fixture(autouse=True)
def twins_are_put_back(monkeypatch):
    monkeypatch.setattr(rig, "TWIN", rig.TWIN)
    monkeypatch.setattr(rig, "SEGMENT_BYTES", rig.SEGMENT_BYTES)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("twin", CORES)
def test_nothing_that_was_acknowledged_is_lost_in_any_power_cut(twin):
    tally = cut_power(CUTS[twin], twin)
    assert tally.acknowledged > 2 * tally.cuts
    assert tally.cuts_while_starting > 0 and tally.snapshots > 0 and tally.unsynced_bytes > 0


@pytest.mark.parametrize("forgotten", ["journal", "snapshot"])
def test_a_sync_that_is_forgotten_is_found(forgotten, monkeypatch):
    if forgotten == "journal":
        monkeypatch.setattr("engine_service.journal.Journal.flush", lambda journal: clean(journal))
    else:
        monkeypatch.setattr(
            "engine_service.snapshot_making.SnapshotMaker._make_durable", lambda *_: None
        )
    with pytest.raises((AssertionError, EngineServiceError)):
        cut_power(400, "reference")


def clean(journal):
    journal._dirty = False
