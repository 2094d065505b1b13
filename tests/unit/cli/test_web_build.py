"""The web UI's dependencies are installed whenever they are not all there."""

from pathlib import Path

import pytest

from cli.checkout import web_build

NODE = web_build.Node(npm=("npm",), bin_dir=Path("bin"))


@pytest.fixture
def installs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Titles of the steps that run, in a UI that was installed once from this very lock."""
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "node_modules").mkdir()
    ran: list[str] = []
    monkeypatch.setattr(web_build, "FRONTEND", tmp_path)
    monkeypatch.setattr(web_build, "stamp_of", lambda files: "this lock")
    monkeypatch.setattr(web_build, "is_done", lambda step, stamp: True)
    monkeypatch.setattr(web_build, "mark_done", lambda step, stamp: None)
    monkeypatch.setattr(web_build, "run_step", lambda title, *rest: ran.append(title))
    return ran


def test_an_emptied_directory_is_installed_again(installs: list[str]) -> None:
    web_build.ensure_node_modules(NODE)
    assert installs == ["Installing the web UI's dependencies"]


def test_a_finished_installation_is_left_alone(installs: list[str], tmp_path: Path) -> None:
    (tmp_path / "node_modules" / ".package-lock.json").write_text("{}")
    web_build.ensure_node_modules(NODE)
    assert installs == []
