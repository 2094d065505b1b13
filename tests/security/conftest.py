"""A whole venue of real processes, opened once: engine, accounts, market data, gateway."""

from collections.abc import Iterator

import pytest

from cli.running.embedded_postgres import EmbeddedPostgres
from tests.integration.gateway.venue import Venue, seeded_venue

LIFTED = {
    "OPENBELL_LOG_LEVEL": "debug",
    "OPENBELL_GATEWAY_CREDENTIALS_PER_IP": "100000/minute",
    # A payment is sent and then stays so: nothing changes but by those who call.
    "OPENBELL_ACCOUNTS_CHAIN_BLOCK_MS": "3600000",
    "OPENBELL_ACCOUNTS_CHAIN_LOST_ANSWER_PERCENT": "0",
}


@pytest.fixture(scope="session")
def venue(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_cluster: EmbeddedPostgres,
    migrated_template: str,
) -> Iterator[Venue]:
    """The venue; its processes log everything they have to say."""
    directory = tmp_path_factory.mktemp("venue")
    database = "security_venue"
    with seeded_venue(directory, postgres_cluster, migrated_template, database, **LIFTED) as opened:
        yield opened
