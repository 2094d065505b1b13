"""What the README tells people to paste works as it stands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.exchange import ROOT, Exchange, environment


@pytest.mark.timeout(120)
def test_the_first_trade_of_the_readme_runs(living_exchange: Exchange, tmp_path: Path) -> None:
    found = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert found is not None
    script = tmp_path / "first_trade.py"
    script.write_text(found[1].replace("http://127.0.0.1:3000", living_exchange.url))
    ran = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment() | {"PYTHONPATH": str(ROOT)},
    )
    assert ran.returncode == 0, ran.stderr
    assert "bob sold: 0.01000 at" in ran.stdout
