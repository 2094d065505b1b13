"""``openbell bench NAME``: runs one benchmark and shows what it found.

Progress goes to stderr. Nothing but the outcome goes to stdout, and nothing at all if a result is
wrong.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from bench.benchmark import Benchmark
from bench.report import Measured, NoFigure, as_json, as_markdown, print_table, put_into
from bench.yardsticks import context

NAMES: Final = (
    "book",
    "core",
    "latency",
    "replay",
    "memory",
    "udp",
    "gateway",
    "compat",
    "candles",
    "imports",
    "bots",
    "backtest",
    "live",
    "fanout",
    "login",
    "settle",
    "log",
    "ui",
)
USAGE: Final = (
    f"openbell bench {'|'.join(NAMES)} [--json|--markdown|--into FILE] [--quick] [--help]"
)


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark that the first argument names; 0 if its result is shown."""
    if not arguments or arguments[0] not in NAMES:
        print(USAGE, file=sys.stderr)
        return 2
    name, *rest = arguments
    benchmark: Benchmark = import_module(f"bench.{name}").BENCHMARK
    options = _options(name, benchmark, rest)
    try:
        _show(name, options, benchmark.measure(options, _say))
    except NoFigure as error:
        print(f"No figure: {error}", file=sys.stderr)
        return 1
    return 0


def _show(name: str, options: argparse.Namespace, measured: Measured) -> None:
    found_in = context()
    if options.into is not None:
        put_into(options.into, name, as_markdown(measured, found_in))
    elif options.json:
        print(as_json(measured, found_in))
    elif options.markdown:
        print(as_markdown(measured, found_in))
    else:
        print_table(name, measured, found_in)


def _options(name: str, benchmark: Benchmark, arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"openbell bench {name}", description=benchmark.question, allow_abbrev=False
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one object, for programs")
    form.add_argument("--markdown", action="store_true", help="the table, for the documentation")
    form.add_argument("--into", type=Path, metavar="FILE", help="put that table in its place there")
    parser.add_argument("--quick", action="store_true", help="a small run: no figure to quote")
    benchmark.add_arguments(parser)
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    print(f"· {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
