"""Commands of an operator, sent to the engine itself: for stories whose point is what follows."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp

from accounts.rest.messages import VenueAnswer
from cli.venue.control import instrument_of, read_venue
from cli.venue.engine_access import EngineAccess, settled
from domain.commands import Command
from domain.events import OutcomeResult
from domain.instruments import Instrument
from service.calls import ServiceClient
from service.config import load_config
from transport.engine_client import EngineClient

CLIENT_ID = 21
PATIENCE_S = 20.0


class OperatorHand:
    """Connected to one exchange."""

    def __init__(self, accounts: ServiceClient, engine: EngineClient, venue: VenueAnswer) -> None:
        self._accounts = accounts
        self._engine = engine
        self.venue = venue

    async def execute(self, commands: Sequence[Command]) -> None:
        """Have ``commands`` executed and settled, all of them."""
        for command in commands:
            outcome = await self._engine.submit(command, timeout_s=PATIENCE_S)
            assert outcome.result is OutcomeResult.DONE, outcome
            await settled(self._accounts, outcome.last_event_seq, PATIENCE_S)
        self.venue = await read_venue(self._accounts)

    def instrument(self, symbol: str) -> Instrument:
        """Return a listed instrument."""
        row = next(one for one in self.venue.instruments if one.symbol == symbol)
        return instrument_of(self.venue, row)


@asynccontextmanager
async def operator_hand() -> AsyncIterator[OperatorHand]:
    """Connect to the exchange that the environment names, for the length of the block."""
    config = load_config(EngineAccess)
    async with (
        aiohttp.ClientSession() as http,
        config.engine(CLIENT_ID, PATIENCE_S) as engine,
    ):
        accounts = ServiceClient(http, config.accounts_url, config.service_secret)
        yield OperatorHand(accounts, engine, await read_venue(accounts))
