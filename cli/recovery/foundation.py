"""What the audit must know of a journal that was rebuilt from a ledger: what the tape before it
added up to.
"""

from __future__ import annotations

import json
from pathlib import Path

_NAME = "foundation.json"


def tape_of_foundation(engine_dir: Path) -> tuple[bytes, dict[int, int]] | None:
    """Return the rolling hash of the events before, and the last trade of each instrument; None if
    the journal was not rebuilt.
    """
    path = engine_dir / _NAME
    if not path.exists():
        return None
    stored = json.loads(path.read_text(encoding="utf-8"))
    return bytes.fromhex(stored["chain"]), {int(id_): n for id_, n in stored["trades"].items()}


def write_tape_of_foundation(engine_dir: Path, chain: bytes, trades: dict[int, int]) -> None:
    """Note what ``tape_of_foundation`` returns."""
    text = json.dumps({"chain": chain.hex(), "trades": trades})
    (engine_dir / _NAME).write_text(text, encoding="utf-8")
