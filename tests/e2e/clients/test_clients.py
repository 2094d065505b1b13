"""Clients of the Binance Spot dialect, as their registries have them, trade here by their URLs."""

import pytest

from tests.e2e.clients.conftest import INSTALL_S, Clients
from tests.e2e.exchange import UP_S, Exchange

STORY_S = 120
FREQTRADE_S = 600
BOOKS_S = 300


@pytest.mark.timeout(INSTALL_S + UP_S + STORY_S)
@pytest.mark.parametrize(
    "story",
    [
        "ccxt_sync.py",
        "ccxt_pro.py",
        "python_binance_rest.py",
        "python_binance_sockets.py",
        "binance_connector_story.py",
    ],
)
def test_a_client_trades_here_unmodified(
    story: str, clients: Clients, clients_exchange: Exchange
) -> None:
    clients.tell(story, "clients.lock", clients_exchange, STORY_S)


@pytest.mark.timeout(INSTALL_S + UP_S + FREQTRADE_S)
def test_a_bot_runs_dry_and_live_with_its_stop_on_the_exchange(
    clients: Clients, living_exchange: Exchange
) -> None:
    clients.tell("freqtrade_story.py", "freqtrade.lock", living_exchange, FREQTRADE_S)


@pytest.mark.timeout(INSTALL_S + UP_S + BOOKS_S)
def test_the_books_that_clients_keep_equal_the_exchanges_under_load(
    clients: Clients, clients_exchange: Exchange
) -> None:
    clients.tell("books_under_load.py", "clients.lock", clients_exchange, BOOKS_S)


@pytest.mark.timeout(INSTALL_S + UP_S + STORY_S)
def test_a_bot_quotes_around_prices_that_ccxt_asks_for(
    clients: Clients, living_exchange: Exchange
) -> None:
    clients.tell_beside("ccxt_feed.py", "clients.lock", living_exchange, STORY_S)
