"""What a benchmark shows: one object for programs, ratios a reader can check, nothing if wrong."""

import argparse
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bench import __main__ as command
from bench import book
from bench.benchmark import Benchmark, Say, no_arguments
from bench.report import Measured, NoFigure, WrongResult, as_json, as_markdown, put_into, ratio
from bench.yardsticks import context
from replay.workload import PlainBook

MEASURED = Measured(
    figures={"shop.rate_mops": 20.0, "shop.wait_us": 3.0, "shop.bytes_per_order": 128.0},
    yardsticks={"line_copy_ns": 5.0, "echo_us": 1.5, "cache_line_bytes": 64.0},
    twin="compiled",
    yardstick="line_copy_ns",
    against={"shop.wait_us": "echo_us", "shop.bytes_per_order": "cache_line_bytes"},
)


def test_a_ratio_is_what_one_operation_takes_in_yardsticks() -> None:
    assert ratio(MEASURED, "shop.rate_mops") == (10.0, "line_copy_ns")  # 50 ns each
    assert ratio(MEASURED, "shop.wait_us") == (2.0, "echo_us")
    assert ratio(MEASURED, "shop.bytes_per_order") == (2.0, "cache_line_bytes")


def test_programs_read_one_object_of_figures_yardsticks_and_context() -> None:
    found = json.loads(as_json(MEASURED, context()))
    assert list(found) == ["figures", "yardsticks", "context"]
    assert found["figures"] == MEASURED.figures
    assert found["yardsticks"] == MEASURED.yardsticks
    assert found["context"]["twin"] == "compiled"
    assert {"commit", "cpu", "cores", "load_1min", "versions"} <= found["context"].keys()
    assert found["context"]["ratios"]["shop.wait_us"] == {"of": "echo_us", "ratio": 2.0}


def test_the_documentation_gets_a_table_with_every_figure_and_yardstick() -> None:
    text = as_markdown(MEASURED, context())
    assert "| `shop.wait_us` | 3 | µs | 2 × echo_us |" in text
    assert all(f"`{name}`" in text for name in (*MEASURED.figures, *MEASURED.yardsticks))


def test_details_are_for_programs() -> None:
    detailed = replace(MEASURED, details=frozenset({"shop.wait_us"}))
    assert "shop.wait_us" not in as_markdown(detailed, context())
    assert "shop.wait_us" in json.loads(as_json(detailed, context()))["figures"]


def test_a_table_takes_the_place_of_the_one_before_it(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Shop\n\n<!-- bench shop -->\nold\n<!-- end -->\n\nMore.\n")
    for table in ("new", "newer"):
        put_into(page, "shop", table)
        text = f"# Shop\n\n<!-- bench shop -->\n{table}\n<!-- end -->\n\nMore.\n"
        assert page.read_text() == text
    with pytest.raises(NoFigure, match="no line"):
        put_into(page, "bank", "lost")


def test_the_documentation_has_a_place_for_every_benchmark() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "performance.md").read_text()
    assert re.findall(r"<!-- bench (\w+) -->", page) == list(command.NAMES)


def test_a_benchmark_nobody_knows_is_refused_with_the_names_of_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["nonesuch"]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in command.NAMES)


def test_a_book_with_other_fills_gets_no_rate(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = PlainBook.market
    # The independent matcher drops the last fill of every market order: the book must differ.
    monkeypatch.setattr(PlainBook, "market", lambda *order: whole(*order)[:-1])
    assert command.main(["book", "--quick", "--json"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "fills" in shown.err and "expected" in shown.err


def test_a_wrong_result_leaves_nothing_but_its_reason(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(options: argparse.Namespace, say: Say) -> Measured:
        say("measuring")
        raise WrongResult("one fill is missing")

    monkeypatch.setattr(book, "BENCHMARK", Benchmark("How fast?", no_arguments, measure))
    for form in ([], ["--json"], ["--markdown"]):
        assert command.main(["book", *form]) == 1
        shown = capsys.readouterr()
        assert shown.out == "" and shown.err == "· measuring\nNo figure: one fill is missing\n"
