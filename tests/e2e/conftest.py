"""One exchange with its bots for the tests that only need a living market, one without for exact
stories.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.exchange import Exchange, open_exchange


@pytest.fixture(scope="session")
def living_exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """An exchange whose bots make two markets."""
    with open_exchange(tmp_path_factory.mktemp("living") / "data", bots=True) as exchange:
        yield exchange


@pytest.fixture
def quiet_exchange(tmp_path: Path) -> Iterator[Exchange]:
    """A new exchange without bots: nothing happens but what the test does."""
    with open_exchange(tmp_path / "data", bots=False) as exchange:
        yield exchange


@pytest.fixture(scope="session")
def exchange_url(living_exchange: Exchange) -> str:
    """Where the living exchange's page is."""
    return living_exchange.url
