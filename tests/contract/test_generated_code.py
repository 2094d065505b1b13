"""generated/ is what flatc makes of fbs/."""

from pathlib import Path

import pytest

from schemas.generate import find_flatc, generate, stale_modules


def test_generated_code_is_fresh(tmp_path: Path) -> None:
    flatc = find_flatc()
    if flatc is None:
        pytest.skip("no flatc for this platform")
    assert stale_modules(generate(flatc, tmp_path)) == []
