"""The stories of the how-tos run as they stand, over real processes, and print what they say."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.exchange import ROOT, Exchange, environment, open_exchange

STORIES = ("client", "sign-up-to-withdrawal", "make-a-market", "open-a-market")
_BLOCKS = re.compile(r"```(python|text)\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """One exchange without bots for all stories, each of which has customers of its own."""
    with open_exchange(tmp_path_factory.mktemp("stories") / "data", bots=False) as exchange:
        yield exchange


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", STORIES)
def test_a_story_of_the_how_tos_runs_as_it_is_told(
    quiet: Exchange, tmp_path: Path, name: str
) -> None:
    text = (ROOT / "docs" / "howto" / f"{name}.md").read_text()
    (kind, program), (other, printed) = _BLOCKS.findall(text)
    assert (kind, other) == ("python", "text")
    script = tmp_path / "story.py"
    script.write_text(program.replace("http://127.0.0.1:3000", quiet.url))
    ran = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=90,
        env=environment() | {"PYTHONPATH": str(ROOT)},
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == printed
