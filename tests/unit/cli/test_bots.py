"""Commands about bots that are not meant as they were typed say what was meant."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["grid"], "--symbol"),
        (["my_bots/mine.py"], "--symbol"),
        (["my-grid", "--param", "step_bps=5"], "bots set"),
        (["my-grid", "--role", "maker"], "bots set"),
    ],
)
def test_a_start_that_lacks_its_market_says_so(words: list[str], said: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["bots", "start", *words, "--data", str(tmp_path)])
    assert done.exit_code == 2 and said in done.output.replace("\n", " ")


def test_a_page_that_cannot_be_written_is_told_without_a_traceback(tmp_path: Path) -> None:
    page = tmp_path / "nowhere" / "page.html"
    command = ["backtest", "grid", "--hours", "0.01", "--html", str(page)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 1 and isinstance(done.exception, SystemExit)
    assert "net" in done.output and "cannot be written" in done.output
