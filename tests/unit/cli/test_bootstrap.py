"""A machine that lacks something is told what to install; what is done is not done again."""

from __future__ import annotations

import importlib.util
import subprocess
import sysconfig
from pathlib import Path

import pytest

from cli.checkout import bootstrap, build_steps, web_build
from cli.checkout.build_steps import BuildError, is_done, mark_done, run_step, stamp_of


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    venv = tmp_path / ".venv"
    monkeypatch.setattr(build_steps, "ROOT", tmp_path)
    monkeypatch.setattr(build_steps, "_STAMPS", venv / "stamps")
    monkeypatch.setattr(build_steps, "_LOG", venv / "build.log")
    monkeypatch.setattr(bootstrap, "PYTHON", venv / "bin" / "python")
    return tmp_path


def test_a_python_without_venv_names_the_debian_package(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BuildError, match=r"apt install python3\.\d+-venv"):
        bootstrap._ensure_environment()


def test_missing_c_headers_name_the_debian_package(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(root / "nowhere"))
    with pytest.raises(BuildError, match=r"apt install python3\.\d+-dev"):
        bootstrap._require_headers()


def test_a_stamp_changes_with_content_name_and_setting(root: Path) -> None:
    source = root / "core.pyx"
    source.write_text("one")
    stamps = {stamp_of([source]), stamp_of([source], "native")}
    source.write_text("two")
    stamps.add(stamp_of([source]))
    stamps.add(stamp_of([source.rename(root / "renamed.pyx")]))
    assert len(stamps) == 4


def test_a_step_is_done_only_for_its_stamp(root: Path) -> None:
    assert not is_done("core", "a")
    mark_done("core", "a")
    assert is_done("core", "a")
    assert not is_done("core", "b")


def test_a_failed_step_shows_the_end_of_its_output(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BuildError, match="no such header"):
        run_step("Compiling", ["sh", "-c", "echo no such header; exit 1"], root)
    assert "✗ Compiling" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("version", "suits"), [("v20.19.0", True), ("v24.1.0", True), ("v20.18.9", False), ("", False)]
)
def test_an_old_node_is_not_used(
    version: str, suits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    said = subprocess.CompletedProcess([], 0, stdout=f"{version}\n")
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: said)
    assert (web_build._machine_node() is not None) == suits
