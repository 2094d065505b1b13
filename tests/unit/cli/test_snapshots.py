"""What `openbell snapshot` does and says, beside an engine that does not run."""

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.recovery.snapshots import SnapshotFacts
from engine_service.journal_segments import SEGMENT_BYTES
from engine_service.snapshots import opened_maker
from tests.unit.engine_service.replays import Writer, opened_venue

RUNNER = CliRunner()


@pytest.fixture(name="data")
def fixture_data(tmp_path):
    """A data directory whose engine has executed 40 orders and was stopped."""
    writer: Writer = opened_venue(SEGMENT_BYTES)
    writer.flush(writer.orders(7, 0, 40))
    (tmp_path / "engine").mkdir(parents=True)
    files = writer.closed()
    for name, content in files.items():
        if name in ("journal-00000001.seg", "events-00000001.log"):
            (tmp_path / "engine" / name).write_bytes(content)
    return tmp_path


def test_it_says_what_it_did_and_then_that_there_is_nothing_to_do(data) -> None:
    before = SnapshotFacts.of(data / "engine")
    assert before is not None and before.as_text().startswith("Snapshot: none yet; ")
    done = RUNNER.invoke(app, ["snapshot", "--data", str(data)])
    assert done.exit_code == 0, done.output
    assert "Snapshot behind record 4" in done.output
    after = SnapshotFacts.of(data / "engine")
    assert after is not None and (after.index, after.waiting_commands) == (4, 0)
    assert after.as_text().startswith("Snapshot: behind record 4, ")
    again = RUNNER.invoke(app, ["snapshot", "--data", str(data)])
    assert "nothing to add" in again.output


def test_without_a_journal_it_says_so(tmp_path) -> None:
    done = RUNNER.invoke(app, ["snapshot", "--data", str(tmp_path)])
    assert done.exit_code == 1
    assert SnapshotFacts.of(tmp_path / "engine") is None


def test_only_one_is_made_at_a_time(data) -> None:
    with opened_maker(data / "engine", print):
        done = RUNNER.invoke(app, ["snapshot", "--data", str(data)])
    assert done.exit_code == 1
    assert "another process is making a snapshot" in done.output
