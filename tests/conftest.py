"""Fixtures every test may use: a real PostgreSQL, migrated, empty, its own for each test."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.running.embedded_postgres import EmbeddedPostgres, Tuning, running
from cli.running.migrations import migrate

_TEMPLATE = "migrated"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[EmbeddedPostgres]:
    """A running server for the whole test run, without durability."""
    with tempfile.TemporaryDirectory(prefix="openbell-test-") as directory:
        settings = ("max_connections=300",)
        cluster = EmbeddedPostgres(
            Path(directory) / "postgres", Tuning(durable=False, settings=settings)
        )
        with running(cluster):
            yield cluster


@pytest.fixture(scope="session")
def migrated_template(postgres_cluster: EmbeddedPostgres) -> str:
    """The name of a database with every migration applied, to be copied and never connected to."""
    postgres_cluster.ensure_database(_TEMPLATE)
    migrate(postgres_cluster.url(_TEMPLATE))
    return _TEMPLATE


@pytest.fixture
def postgres_url(postgres_cluster: EmbeddedPostgres, migrated_template: str) -> Iterator[str]:
    """The asyncpg URL of a fresh migrated database, dropped after the test."""
    name = f"test_{next(_numbers)}"
    postgres_cluster.run_sql(f'CREATE DATABASE "{name}" TEMPLATE "{migrated_template}"')
    yield postgres_cluster.url(name)
    postgres_cluster.run_sql(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def empty_postgres_url(postgres_cluster: EmbeddedPostgres) -> Iterator[str]:
    """As ``postgres_url``, without any migration: for the tests of migrations."""
    name = f"test_{next(_numbers)}"
    postgres_cluster.run_sql(f'CREATE DATABASE "{name}"')
    yield postgres_cluster.url(name)
    postgres_cluster.run_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
