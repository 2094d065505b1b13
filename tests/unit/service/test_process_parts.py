"""Configuration, health and ports: what every process answers, and how it says what is wrong."""

import os
import signal
import socket
import tomllib
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from pydantic import Field

from service.config import ServiceConfig, load_config
from service.errors import BadConfiguration, PortInUse
from service.health import Readiness, add_health_routes, serving
from service.signals import stop_on_signals
from service.version import VERSION


class _Config(ServiceConfig):
    engine_key: str
    database_url: str = Field(validation_alias="DATABASE_URL")
    port: int = 3001


def test_configuration_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBELL_ENGINE_KEY", "k")
    monkeypatch.setenv("DATABASE_URL", "postgresql://x")
    monkeypatch.setenv("OPENBELL_PORT", "4000")
    config = load_config(_Config)
    assert (config.engine_key, config.database_url, config.port) == ("k", "postgresql://x", 4000)


def test_missing_and_wrong_variables_are_all_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENBELL_ENGINE_KEY", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENBELL_PORT", "many")
    with pytest.raises(BadConfiguration) as fault:
        load_config(_Config)
    for name in ("OPENBELL_ENGINE_KEY", "DATABASE_URL", "OPENBELL_PORT"):
        assert name in str(fault.value)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_readiness_says_what_is_missing_until_it_is_there() -> None:
    readiness = Readiness("engine", "postgres")
    app = web.Application()
    add_health_routes(app, readiness)
    port = _free_port()
    async with serving(app, "127.0.0.1", port), aiohttp.ClientSession() as http:
        base = f"http://127.0.0.1:{port}"
        async with http.get(base + "/readyz") as response:
            assert response.status == 503
            assert await response.json() == {"ready": False, "waiting_for": ["engine", "postgres"]}
        readiness.have("engine")
        readiness.have("postgres")
        async with http.get(base + "/readyz") as response:
            assert (response.status, await response.json()) == (200, {"ready": True})
        readiness.lost("engine")
        async with http.get(base + "/readyz") as response:
            assert response.status == 503
        async with http.get(base + "/healthz") as response:
            assert response.status == 200
        async with http.get(base + "/metrics") as response:
            assert "python_info" in await response.text()


async def test_a_port_in_use_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortInUse, match=str(port)):
            async with serving(web.Application(), "127.0.0.1", port):
                pass


async def test_sigterm_sets_the_stop_event() -> None:
    stop = stop_on_signals()
    os.kill(os.getpid(), signal.SIGTERM)
    await stop.wait()


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION
