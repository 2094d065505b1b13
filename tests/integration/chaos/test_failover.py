"""A short `openbell chaos failover`: whoever leads is killed or stopped, and nothing is lost."""

import json
import subprocess
import sys

import pytest

RUN_S = 240


@pytest.mark.timeout(RUN_S + 40)
def test_whoever_leads_next_goes_on_where_the_last_one_was_heard():
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cli", "chaos", "failover", "--rounds", "1", "--json"],
        capture_output=True,
        text=True,
        timeout=RUN_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["ok"] and report["violations"] == []
    assert [one["kind"] for one in report["rounds"]] == ["kill -9", "SIGSTOP"]
    assert report["epoch"] >= 4, "one leader to begin with, and one after each fault"
    assert report["acknowledged"] > 100 and report["events"] > report["acknowledged"]
