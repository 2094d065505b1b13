"""The how-to of each client holds the very program that the command prints."""

import re
from pathlib import Path

import pytest

from cli.client_recipes import NO_KEY, RECIPES, filled_in

USUAL_URL = "http://127.0.0.1:3000"
HOWTO = Path(__file__).parents[3] / "docs" / "howto"


@pytest.mark.parametrize("client", RECIPES)
def test_the_how_to_shows_what_the_command_prints(client: str) -> None:
    page = (HOWTO / f"{client}.md").read_text(encoding="utf-8")
    shown = re.findall(r"```(?:python|json)\n(.*?)```", page, re.DOTALL)
    assert shown == [filled_in(client, USUAL_URL, *NO_KEY)]


@pytest.mark.parametrize("client", RECIPES)
def test_the_note_on_safety_comes_first(client: str) -> None:
    page = (HOWTO / f"{client}.md").read_text(encoding="utf-8")
    assert page.splitlines()[2].startswith("> **Safety first.**")


@pytest.mark.parametrize("client", RECIPES)
def test_no_recipe_names_the_real_exchange(client: str) -> None:
    program = filled_in(client, "http://10.0.0.1:99", "the-key", "the-secret")
    addresses = set(re.findall(r"(?:https?|wss?)://[^\"'/]+", program))
    assert addresses <= {"http://10.0.0.1:99", "ws://10.0.0.1:99"} and addresses
    assert "the-key" in program and "the-secret" in program
