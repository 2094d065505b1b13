"""SQL kept in files, by name. A query starts at a line ``-- name --`` and ends where the next
begins.
"""

import re
from pathlib import Path

_NAME = re.compile(r"^-- ([a-z0-9_]+) --$", re.MULTILINE)


def load_queries(path: Path) -> dict[str, str]:
    """Return the named queries of one file.

    Raises:
        ValueError: a name stands twice, or the file names none.
    """
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    names, bodies = parts[1::2], parts[2::2]
    if not names or len(set(names)) != len(names):
        raise ValueError(f"{path.name}: query names are missing or repeated")
    return {name: body.strip() for name, body in zip(names, bodies, strict=True)}
