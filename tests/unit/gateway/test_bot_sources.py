"""Whoever may set a bot does not thereby read the exchange's files, nor call its network."""

import pytest

from gateway.errors import ApiError
from gateway.rest.bots import refuse_sources


@pytest.mark.parametrize("role", ["user", "admin", None])
def test_nobody_names_a_file_over_the_api(role: str | None) -> None:
    with pytest.raises(ApiError, match="command line") as refused:
        refuse_sources({"levels": "3", "reference": "file:/etc/passwd"}, role)
    assert (refused.value.status, refused.value.field) == (403, "reference")


@pytest.mark.parametrize("source", ["http:http://127.0.0.1:3001/metrics#a", "ccxt:kraken:BTC/USDT"])
def test_only_an_administrator_has_the_bots_call_elsewhere(source: str) -> None:
    with pytest.raises(ApiError, match="administrator"):
        refuse_sources({"reference": source}, "user")
    refuse_sources({"reference": source}, "admin")


def test_everybody_names_what_is_within_the_exchange() -> None:
    texts = {"reference": "market", "gamma": "0.1", "profile": "5,3,2", "side": "buy"}
    refuse_sources(texts, "user")
