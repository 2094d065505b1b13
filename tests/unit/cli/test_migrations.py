"""One database URL for asyncpg and for the migration tool."""

from __future__ import annotations

import pytest

from cli.running.migrations import dbmate_url


def never_asked(database_url: str) -> bool:
    raise AssertionError(f"{database_url} leaves nothing to ask")


def test_a_socket_needs_no_tls_and_keeps_its_path() -> None:
    url = "postgresql://openbell@/openbell?host=/data/with%20space/socket"
    expected = "postgres://openbell@/openbell?host=%2Fdata%2Fwith%20space%2Fsocket&sslmode=disable"
    assert dbmate_url(url, never_asked) == expected


@pytest.mark.parametrize("mode", ["disable", "require", "verify-full"])
def test_a_decided_mode_is_kept(mode: str) -> None:
    url = f"postgresql://u:p@db:5432/openbell?sslmode={mode}"
    assert dbmate_url(url, never_asked) == f"postgres://u:p@db:5432/openbell?sslmode={mode}"


@pytest.mark.parametrize("query", ["", "?sslmode=prefer", "?ssl=prefer", "?sslmode=allow"])
@pytest.mark.parametrize(("speaks_tls", "mode"), [(True, "require"), (False, "disable")])
def test_an_undecided_mode_is_what_the_server_does(query: str, speaks_tls: bool, mode: str) -> None:
    url = dbmate_url(f"postgresql://u:p@db/openbell{query}", lambda _: speaks_tls)
    assert url == f"postgres://u:p@db/openbell?sslmode={mode}"
