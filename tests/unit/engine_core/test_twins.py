"""Which twin runs: the compiled one, unless the environment says otherwise; never by accident."""

import sys

import pytest

from engine_core import CORES, PURE_PYTHON_ENV, CoreNotBuilt, core_name, core_type, load_core
from engine_core.reference import Core as ReferenceCore
from engine_core.state_hash import entity_hash


def test_the_compiled_twin_runs_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PURE_PYTHON_ENV, raising=False)
    assert core_name() == "compiled"
    assert load_core() is core_type("compiled")
    assert load_core() is not ReferenceCore


def test_the_reference_runs_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PURE_PYTHON_ENV, "1")
    assert core_name() == "reference"
    assert load_core() is ReferenceCore


def test_a_missing_build_is_an_error_and_no_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PURE_PYTHON_ENV, raising=False)
    monkeypatch.setitem(sys.modules, "engine_core._core", None)
    with pytest.raises(CoreNotBuilt, match="build_ext --inplace"):
        load_core()


def test_there_are_two_twins_and_no_third() -> None:
    assert CORES == ("reference", "compiled")
    with pytest.raises(ValueError, match="reference, compiled"):
        core_type("fast")


def test_the_hash_of_an_entity_never_changes() -> None:
    # Stored journals carry state hashes: another number here would make them unreadable.
    assert entity_hash() == 0xC2B2AE3D27D4EB4F_9E3779B97F4A7C15
    assert entity_hash(1, 2, 3) == 0x47DF21B4DDA2DD76_C1BA3E4A3A818E3B
