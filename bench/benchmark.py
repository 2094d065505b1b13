"""What a benchmark is to the command that runs it."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from bench.report import Measured

Say = Callable[[str], None]
"""Tells whoever waits how far the run is."""


@dataclass(frozen=True)
class Benchmark:
    """A question, and how it is answered. Each module of a benchmark has one, ``BENCHMARK``."""

    question: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    measure: Callable[[argparse.Namespace, Say], Measured]


def no_arguments(parser: argparse.ArgumentParser) -> None:
    """For a benchmark without arguments of its own."""


def add_stream_arguments(parser: argparse.ArgumentParser) -> None:
    """For a benchmark over the order streams."""
    parser.add_argument("--prefix", type=int, default=0, help="records of a stream; 0 for all")
    parser.add_argument("--runs", type=int, default=5, help="of which the median counts")
