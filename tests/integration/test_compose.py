"""docker-compose.yml: valid, closed but for the gateway, and its commands really start."""

from __future__ import annotations

import contextlib
import json
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.running.embedded_postgres import EmbeddedPostgres, Tuning, running
from cli.running.instance import Paths, Secrets
from cli.running.ports import choose_ports
from cli.running.services import MODULES, Wiring
from tests.integration.compose_file import (
    COMPOSE_FILE,
    ROOT,
    Machine,
    VariableMissing,
    services,
)

VARIABLES = {
    "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
    "OPENBELL_ENGINE_KEY": secrets.token_hex(32),
    "OPENBELL_ACCOUNTS_SECRETS_KEY": secrets.token_hex(32),
    "OPENBELL_SERVICE_SECRET": secrets.token_urlsafe(48),
    "OPENBELL_BOT_CONTROL_SECRET": secrets.token_urlsafe(48),
}
PORTS = ("5432", "9100", "9101", "9102", "9103", "9104", "3001", "3002", "3000", "3003")
ONE_SHOTS = ("migrate", "seed")
START_ORDER = (
    "migrate",
    "engine",
    "snapshots",
    "accounts",
    "auditor",
    "market_data",
    "seed",
    "gateway",
    "trading_bot",
)
READY_TIMEOUT_S = 30.0


def test_the_file_follows_the_compose_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema"]
    command += ["--builtin-schema", "vendor.compose-spec", str(COMPOSE_FILE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("missing", VARIABLES)
def test_without_a_secret_nothing_starts(missing: str) -> None:
    with pytest.raises(VariableMissing, match=missing):
        services(VARIABLES | {missing: ""})


def test_the_example_environment_names_every_secret() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert [name for name in VARIABLES if f"\n{name}=\n" not in example] == []


def test_only_the_gateway_is_reached_from_outside() -> None:
    open_services = {
        name
        for name, service in services(VARIABLES).items()
        if service.get("ports") or service.get("networks") != ["inside"]
    }
    assert open_services == {"gateway"}


def test_figures_are_kept_only_when_asked_for_and_shown_only_on_this_machine() -> None:
    observing = services(VARIABLES, "observe")
    assert observing.keys() == {"prometheus", "grafana"}
    for service in observing.values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        mounted = [volume.split(":")[0] for volume in service["volumes"]]
        assert all((ROOT / path).exists() for path in mounted if path.startswith("./"))


def test_every_server_has_a_health_check_and_every_one_shot_ends() -> None:
    checked = {name for name, service in services(VARIABLES).items() if "healthcheck" in service}
    assert checked == set(services(VARIABLES)) - set(ONE_SHOTS)
    assert {services(VARIABLES)[name]["restart"] for name in ONE_SHOTS} == {"on-failure"}


MAIL_SERVER = {
    f"OPENBELL_ACCOUNTS_{name}"
    for name in (
        "SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD", "SMTP_TLS", "MAIL_FROM"
    )
}  # fmt: skip
"""Of the outside world: a native process takes them from whoever starts it."""


def test_the_mail_server_of_the_environment_reaches_accounts() -> None:
    named = {"OPENBELL_ACCOUNTS_SMTP_HOST": "smtp.example", "OPENBELL_ACCOUNTS_SMTP_TLS": "tls"}
    told = services(VARIABLES | named)["accounts"]["environment"]
    assert {name: told[name] for name in named} == named
    without = services(VARIABLES)["accounts"]["environment"]
    assert without["OPENBELL_ACCOUNTS_SMTP_HOST"] == ""
    assert without["OPENBELL_ACCOUNTS_SMTP_PORT"] == "587"


@pytest.mark.parametrize("name", MODULES)
def test_a_container_is_configured_by_the_same_names_as_a_native_process(
    name: Any, tmp_path: Path
) -> None:
    names = (
        "gateway engine_udp engine_tcp engine_http snapshots_http auditor_http accounts "
        "market_data bot_http"
    )
    wiring = Wiring(
        paths=Paths.of(tmp_path),
        secrets=Secrets("", "", ""),
        ports=dict.fromkeys(names.split(), 1),
        database_url="",
        inherited={},
    )
    in_container = set(services(VARIABLES)[name]["environment"]) | {"OPENBELL_BIND_HOST"}
    native = set(wiring.environment(name))
    assert in_container - MAIL_SERVER == native
    assert in_container - native == (MAIL_SERVER if name == "accounts" else set())


@pytest.mark.timeout(240)
def test_the_commands_of_the_file_start_a_whole_exchange(tmp_path: Path) -> None:
    """Each service with the command and environment of the file; names, taken ports and the
    containers' directories alone are those of this machine."""
    machine = machine_in(tmp_path)
    tuning = Tuning(tcp_port=int(machine.translate("5432")))
    with contextlib.ExitStack() as exits:
        cluster = EmbeddedPostgres(tmp_path / "postgres", tuning)
        exits.enter_context(running(cluster))
        cluster.ensure_database()
        for name in START_ORDER:
            exits.enter_context(started(name, machine, tmp_path))
        url = machine.translate("http://gateway:3000")
        with urllib.request.urlopen(f"{url}/api/v1/instruments", timeout=5) as answer:
            symbols = {instrument["symbol"] for instrument in json.load(answer)}
    assert symbols >= {"BTC-USDT", "ETH-USDT"}


def machine_in(directory: Path) -> Machine:
    chosen = choose_ports({port: int(port) for port in PORTS}, taken=set())
    directories = {
        "/data/engine": directory / "engine",
        "/data/bots": directory / "bots",
        "/openbell/frontend/dist": ROOT / "frontend" / "dist",
    }
    for name in ("engine", "bots"):
        (directory / name).mkdir(mode=0o700)
    ports = {port: str(here) for port, here in chosen.items()}
    return Machine(frozenset(services(VARIABLES)), ports, directories)


@contextlib.contextmanager
def started(name: str, machine: Machine, directory: Path) -> Iterator[None]:
    """One service as its container would run it: a one-shot to its end, a server until ready."""
    service = services(VARIABLES)[name]
    environment = machine.environment(service)
    log_path = directory / f"{name}.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            machine.command(service["command"]),
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            if name in ONE_SHOTS:
                assert process.wait(READY_TIMEOUT_S) == 0, log_path.read_text()
            else:
                check = machine.command(service["healthcheck"]["test"][1:])
                wait_healthy(check, process, log_path)
            yield
        finally:
            stop(process, log_path)


def wait_healthy(check: list[str], process: subprocess.Popen[bytes], log_path: Path) -> None:
    deadline_s = time.monotonic() + READY_TIMEOUT_S
    while (done := subprocess.run(check, capture_output=True, check=False)).returncode != 0:
        assert process.poll() is None, log_path.read_text()
        assert time.monotonic() < deadline_s, f"{done.stdout!r}\n{log_path.read_text()}"
        time.sleep(0.1)


def stop(process: subprocess.Popen[bytes], log_path: Path) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        code = process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError(f"did not stop on SIGTERM:\n{log_path.read_text()}") from None
    assert code == 0, f"ended with {code} on SIGTERM:\n{log_path.read_text()}"
