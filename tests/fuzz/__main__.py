"""`python -m tests.fuzz TARGET --seconds N`: with atheris, which follows the coverage of the
readable twins, or without feedback where it is not installed or not wanted.
"""

import argparse
import importlib.util
import sys
import tempfile
from pathlib import Path
from typing import Any

TARGETS = ("datagram", "codec", "journal", "snapshot", "capture", "events")
READABLE = ["domain", "schemas", "transport", "engine_core", "engine_service", "replay"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="openbell fuzz", description=__doc__)
    parser.add_argument("target", choices=[*TARGETS, "all"])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--blind", action="store_true", help="without atheris")
    options = parser.parse_args()
    guided = not options.blind and importlib.util.find_spec("atheris") is not None
    if guided and options.target != "all":
        _guided(options.target, options.seconds, options.seed)  # does not return
    from tests.fuzz.datagram import use_the_fast_hash
    from tests.fuzz.targets import fuzz

    use_the_fast_hash()
    for name in TARGETS if options.target == "all" else [options.target]:
        fuzzed = fuzz(name, options.seed, seconds=options.seconds)
        print(f"{name}: {fuzzed.executions:,} executions, {fuzzed.accepted:,} accepted, 0 wrong")
    return 0


def _guided(name: str, seconds: float, seed: int) -> None:
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=READABLE):
        from tests.fuzz.datagram import use_the_fast_hash
        from tests.fuzz.targets import TARGETS as targets
        from tests.fuzz.targets import checked

    use_the_fast_hash()
    target = targets[name]

    def one(data: bytes) -> None:
        checked(target, data)

    corpus = Path(tempfile.mkdtemp(prefix=f"openbell-fuzz-{name}-"))
    for number, data in enumerate(target.corpus()):
        (corpus / f"seed-{number}").write_bytes(data)
    words = [f"-max_total_time={int(seconds)}", f"-seed={seed}", "-max_len=8192"]
    atheris.Setup([sys.argv[0], *words, f"-artifact_prefix={corpus}/", str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
