"""A short `openbell chaos`: real processes, every kind of fault, nothing lost."""

import json
import subprocess
import sys

import pytest

RUN_S = 200
PROCESSES = {"engine", "gateway", "gateway_2", "accounts", "market_data", "snapshots", "postgres"}


@pytest.mark.timeout(RUN_S + 40)
def test_an_exchange_that_is_broken_in_every_way_loses_nothing():
    words = ["--minutes", "0.3", "--interval", "0.8", "--orders-per-s", "150", "--seed", "5"]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cli", "chaos", *words, "--json"],
        capture_output=True,
        text=True,
        timeout=RUN_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["ok"] and report["violations"] == [] and report["surprises"] == {}
    assert report["fault_count"] >= 15
    assert report["faults"].keys() - {"network"} <= PROCESSES
    assert report["acknowledged"] > 1_000 and report["fills"] > 100
    assert "Every unit is accounted for." in report["audit"]
