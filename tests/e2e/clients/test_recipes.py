"""What `openbell clients` prints is pasted and runs."""

import subprocess
from pathlib import Path

import pytest

from tests.e2e.clients.conftest import INSTALL_S, python_of
from tests.e2e.exchange import UP_S, Exchange, environment

RUN_S = 120


def _printed(exchange: Exchange, client: str) -> str:
    printed = exchange.openbell("clients", client)
    assert printed.returncode == 0, printed.stderr
    return printed.stdout


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_S, env=environment())
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-4_000:]
    return done.stdout + done.stderr


@pytest.mark.timeout(INSTALL_S + UP_S + RUN_S)
@pytest.mark.parametrize("client", ["ccxt", "python-binance", "binance-connector"])
def test_the_program_for_a_client_trades(
    client: str, living_exchange: Exchange, tmp_path: Path
) -> None:
    program = tmp_path / "pasted.py"
    program.write_text(_printed(living_exchange, client))
    said = _run(str(python_of("clients.lock")), str(program))
    assert "best bids: [[" in said
    assert "is open" in said or "is NEW" in said
    assert "and now canceled" in said or "and now CANCELED" in said


@pytest.mark.timeout(INSTALL_S + UP_S + RUN_S)
def test_the_configuration_for_freqtrade_finds_this_exchange(
    living_exchange: Exchange, tmp_path: Path
) -> None:
    config = tmp_path / "config.json"
    config.write_text(_printed(living_exchange, "freqtrade"))
    python = str(python_of("freqtrade.lock"))
    home = ("--config", str(config), "--userdir", str(tmp_path / "user_data"))
    _run(python, "-m", "freqtrade", "create-userdir", *home[2:])
    assert "ETH/USDT" in _run(python, "-m", "freqtrade", "list-pairs", *home, "--quote", "USDT")
    _run(python, "-m", "freqtrade", "download-data", *home, "--days", "1", "-t", "1m")
    assert list((tmp_path / "user_data" / "data").rglob("BTC_USDT-1m*"))


def test_without_a_name_the_clients_are_listed(living_exchange: Exchange) -> None:
    listed = living_exchange.openbell("clients")
    assert listed.stdout.split()[2::3] == [
        "ccxt",
        "python-binance",
        "binance-connector",
        "freqtrade",
    ]
    assert living_exchange.openbell("clients", "telepathy").returncode == 2
