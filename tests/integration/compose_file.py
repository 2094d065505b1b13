"""docker-compose.yml as data: what a container engine would run, ready to run without one."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"
_VARIABLE = re.compile(r"\$\{(\w+)(?::?([-?])([^}]*))?\}")


class VariableMissing(Exception):
    """A ``${NAME:?message}`` of the file has no value."""


def interpolate(text: str, variables: dict[str, str]) -> str:
    """Replace ``${NAME}``, ``${NAME:-default}`` and ``${NAME:?message}`` as compose does."""

    def value(match: re.Match[str]) -> str:
        name, operator, argument = match.groups()
        if variables.get(name):
            return variables[name]
        if operator == "?":
            raise VariableMissing(f"{name}: {argument}")
        return argument or ""

    return _VARIABLE.sub(value, text)


def services(variables: dict[str, str], profile: str | None = None) -> dict[str, Any]:
    """The services of the file with anchors merged and variables filled in: those that always
    start, or those of one profile.
    """
    text = interpolate(COMPOSE_FILE.read_text(encoding="utf-8"), variables)
    loaded: dict[str, Any] = YAML(typ="safe").load(text)["services"]
    chosen = [] if profile is None else [profile]
    return {name: one for name, one in loaded.items() if one.get("profiles", []) == chosen}


@dataclass(frozen=True, slots=True)
class Machine:
    """How the containers' world maps onto this machine: names, ports, directories."""

    host_names: frozenset[str]
    ports: dict[str, str]
    directories: dict[str, Path]

    def translate(self, text: str) -> str:
        for name in self.host_names:
            text = re.sub(rf"^{name}$|(?<=[/@]){name}(?=:)", "127.0.0.1", text)
        for port, here in self.ports.items():
            text = re.sub(rf"^{port}$|(?<=:){port}(?=$|/)", here, text)
        for directory, path in self.directories.items():
            text = text.replace(directory, str(path))
        return text

    def command(self, words: list[str]) -> list[str]:
        # Ports alone: a module may be named like its service.
        program, *arguments = [self.ports.get(word, word) for word in words]
        return [sys.executable if program == "python" else program, *arguments]

    def environment(self, service: dict[str, Any]) -> dict[str, str]:
        """What the container has: its own variables, nothing of Openbell's from here."""
        ours = {"DATABASE_URL", "PYTHONPATH"}
        here = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("OPENBELL_") and name not in ours
        }
        own = service.get("environment", {})
        return here | {name: self.translate(str(value)) for name, value in own.items()}
