"""``python -m schemas.generate`` makes generated/ out of fbs/; ``--check`` proves it fresh.

flatc writes into a directory of its own, because it would empty the package's ``__init__.py``.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parent
SOURCES: Final = _PACKAGE / "fbs"
GENERATED: Final = _PACKAGE / "generated"


def find_flatc() -> str | None:
    """Return the path of flatc: this environment's, else the first one in PATH."""
    beside = Path(sys.executable).parent / "flatc"
    return str(beside) if beside.exists() else shutil.which("flatc")


def generate(flatc: str, into: Path) -> Path:
    """Run ``flatc``; return the directory below ``into`` that holds the modules.

    Raises:
        subprocess.CalledProcessError: a source is wrong.
    """
    sources = [str(path) for path in sorted(SOURCES.glob("*.fbs"))]
    subprocess.run([flatc, "--python", "-o", str(into), *sources], check=True)
    return into / "schemas" / "generated"


def stale_modules(fresh: Path) -> list[str]:
    """Return the names of the files that differ between ``fresh`` and generated/."""
    wanted, present = (
        {path.name: path.read_bytes() for path in directory.glob("*.py")}
        for directory in (fresh, GENERATED)
    )
    return sorted(
        name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name)
    )


def main() -> int:
    """Return the exit code: 0 if generated/ is fresh, 1 if it is not or there is no flatc."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, say what is stale")
    check_only = parser.parse_args().check
    flatc = find_flatc()
    if flatc is None:
        print("flatc is not installed (development dependencies, not on Linux arm64)")
        return 1
    with tempfile.TemporaryDirectory() as directory:
        fresh = generate(flatc, Path(directory))
        stale = stale_modules(fresh)
        if not check_only:
            for name in stale:
                _replace(fresh / name, GENERATED / name)
    for name in stale:
        print(f"{'stale' if check_only else 'written'}: schemas/generated/{name}")
    return 1 if check_only and stale else 0


def _replace(fresh: Path, present: Path) -> None:
    if fresh.exists():
        shutil.copyfile(fresh, present)
    else:
        present.unlink()


if __name__ == "__main__":
    sys.exit(main())
