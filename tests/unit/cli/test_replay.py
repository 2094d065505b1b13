"""A file that nothing here can replay is answered with what can be."""

from pathlib import Path

from typer.testing import CliRunner

from cli.main import app


def test_a_file_of_another_kind_is_told_which_kinds_there_are(tmp_path: Path) -> None:
    book = tmp_path / "AAPL_orderbook_1.csv"
    book.write_text("5859400,200,5853300,18\n")
    done = CliRunner().invoke(app, ["replay", str(book)])
    assert done.exit_code == 1
    assert "LOBSTER message file" in done.output and "ITCH" in done.output
