"""How a command reaches the engine and accounts of a running exchange."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from pydantic import Field

from domain.instruments import Instrument
from service.calls import ServiceClient
from service.config import EngineKeyConfig
from transport.engine_address import EngineAddress, engines_of
from transport.engine_client import EngineClient
from transport.key_file import read_keys

POLL_S: Final = 0.02


class EngineAccess(EngineKeyConfig):
    """The environment of a command that speaks to accounts and to the engine."""

    service_secret: str = Field(min_length=32, repr=False)
    accounts_url: str = "http://127.0.0.1:3001"
    engine_host: str = "127.0.0.1"
    engine_udp_port: int = 9100
    engine_tcp_port: int = 9101

    @asynccontextmanager
    async def engine(self, client_id: int, ready_within_s: float) -> AsyncIterator[EngineClient]:
        """Hold a session with the engine for the length of the block.

        Raises:
            TransportError: bad keys, or the engine did not answer within ``ready_within_s``.
        """
        first = EngineAddress(self.engine_host, self.engine_udp_port, self.engine_tcp_port)
        engines = engines_of(first, self.engine_replicas)
        key = read_keys(self.engine_key, self.engine_key_file)
        connecting = EngineClient.connect(engines, key, client_id, ready_within_s=ready_within_s)
        async with connecting as engine:
            yield engine


async def settled(accounts: ServiceClient, seq: int, within_s: float) -> None:
    """Return once accounts has settled event ``seq``.

    Raises:
        TimeoutError: it has not, after ``within_s``.
        ServiceError: accounts does not answer.
    """
    deadline_s = time.monotonic() + within_s
    while (await accounts.call("GET", "/internal/cursor", dict[str, int]))["cursor"] < seq:
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"event {seq} is not settled yet")
        await asyncio.sleep(POLL_S)


def terms_of(instrument: Instrument) -> dict[str, Any]:
    """Return the fields that a command takes from an instrument's definition."""
    return {
        "instrument_id": instrument.instrument_id,
        "symbol": instrument.symbol.encode(),
        "base_asset_id": instrument.base.asset_id,
        "quote_asset_id": instrument.quote.asset_id,
        "quote_atoms_per_tick_lot": instrument.quote_atoms_per_tick_lot,
        "base_atoms_per_lot": instrument.base_atoms_per_lot,
        "maker_fee_ppm": instrument.maker_fee_ppm,
        "taker_fee_ppm": instrument.taker_fee_ppm,
        "band_bps": instrument.band_bps,
        "min_notional_atoms": instrument.min_notional_atoms,
    }
