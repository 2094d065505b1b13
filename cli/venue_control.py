"""An operator's hold on a running exchange: what is listed and set, and commands to the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import aiohttp
import msgspec

from accounts.rest.book_messages import PublicationAnswer
from accounts.rest.messages import InstrumentAnswer, VenueAnswer
from accounts.rest.wallet_messages import RuleAnswer, WithdrawalAnswer
from cli.engine_access import EngineAccess, settled
from domain.commands import Command
from domain.events import Outcome, OutcomeResult
from domain.instruments import Asset, Instrument, InvalidDecimal
from domain.orders import TradingStatus
from domain.reasons import RejectReason
from gateway.errors import REFUSALS
from service.calls import ServiceClient
from service.config import load_config
from service.errors import CallFailed, CallUnanswered, ServiceError
from transport.engine_client import EngineClient
from transport.errors import TransportError

CLIENT_ID = 21
READY_TIMEOUT_S = 10.0
OUTCOME_TIMEOUT_S = 5.0
Told = TypeVar("Told")
SETTLED_TIMEOUT_S = 10.0
IN_WORDS = {
    RejectReason.INVALID_TRANSITION: "it cannot go there from where it is now",
    RejectReason.ALREADY_EXISTS: "it exists already",
    RejectReason.CAPACITY: "the engine has no room for more, or more is open than one command ends",
    RejectReason.INVALID_EXPIRY: "that time has passed",
    RejectReason.INVALID_AMOUNT: "a number is outside its bounds",
    RejectReason.UNKNOWN_ACCOUNT: "there is no such account",
    RejectReason.ACCOUNT_NOT_TRADABLE: "this is one of the venue's own accounts",
    RejectReason.VENUE_HALTED: "the venue is halted: `openbell venue open` first",
}


class VenueRefused(ServiceError):
    """The engine refused, or what was asked for does not exist; nothing changed."""


class VenueUnknown(ServiceError):
    """The engine did not answer in time: look before doing it again."""


class _Withdrawals(msgspec.Struct):
    withdrawals: list[WithdrawalAnswer]


class _Rules(msgspec.Struct):
    rules: list[RuleAnswer]


class VenueControl:
    """Connected to one exchange. ``venue`` is what was settled when it was last read."""

    def __init__(self, accounts: ServiceClient, engine: EngineClient, venue: VenueAnswer) -> None:
        self._accounts = accounts
        self._engine = engine
        self.venue = venue

    async def execute(self, commands: Sequence[Command]) -> None:
        """Have ``commands`` executed, all of them in this order, and read the venue again.

        Raises:
            VenueRefused: the engine refused one; those before it were executed.
            VenueUnknown: no answer in time.
        """
        last_seq = 0
        for command in commands:
            outcome = await self._outcome(command)
            if outcome.result is not OutcomeResult.DONE:
                reason = outcome.reason
                words = IN_WORDS.get(reason, REFUSALS[reason][1])
                raise VenueRefused(f"{type(command).__name__} refused: {words} ({reason.name})")
            last_seq = outcome.last_event_seq
        try:
            await settled(self._accounts, last_seq, SETTLED_TIMEOUT_S)
        except TimeoutError as error:
            raise VenueUnknown(f"done, but {error}") from error
        self.venue = await read_venue(self._accounts)

    def instrument_row(self, symbol: str) -> InstrumentAnswer:
        """Return an instrument as it is stored.

        Raises:
            VenueRefused: there is none of that symbol.
        """
        for one in self.venue.instruments:
            if one.symbol == symbol.upper():
                return one
        known = ", ".join(one.symbol for one in self.venue.instruments) or "none yet"
        raise VenueRefused(f"there is no instrument {symbol!r}; there are: {known}")

    def instrument(self, symbol: str) -> Instrument:
        """Return an instrument that can tell decimals from units.

        Raises:
            VenueRefused: there is none of that symbol.
        """
        return instrument_of(self.venue, self.instrument_row(symbol))

    def asset(self, name: str) -> Asset:
        """Return an asset.

        Raises:
            VenueRefused: there is none of that name.
        """
        for one in self.venue.assets:
            if one.name == name.upper():
                return Asset(one.asset_id, one.name, one.scale)
        raise VenueRefused(f"there is no asset {name!r}")

    async def publish_liabilities(self) -> PublicationAnswer:
        """Have what is owed published, and return it."""
        return await self._accounts.call("POST", "/internal/liabilities", PublicationAnswer)

    async def account_id(self, named: str) -> int:
        """Return the account of a number, or of a user's e-mail.

        Raises:
            VenueRefused: there is no such user.
        """
        if named.isdecimal():
            return int(named)
        try:
            query: dict[str, str | int] = {"email": named}
            user = await self._accounts.call("GET", "/internal/users", dict, query=query)
        except CallFailed as error:
            raise VenueRefused(f"{named!r} is no account and no user: {error.message}") from error
        return int(user["account_id"])

    async def withdrawals(self, state: str, limit: int) -> list[WithdrawalAnswer]:
        """Return withdrawals, newest first.

        Raises:
            VenueRefused: there is no such state.
        """
        query: dict[str, str | int] = {"state": state, "limit": limit}
        page = await self._told("GET", "/internal/withdrawals", _Withdrawals, query=query)
        return page.withdrawals

    async def withdrawal(self, withdrawal_id: int) -> WithdrawalAnswer:
        """Return a withdrawal with its steps.

        Raises:
            VenueRefused: there is none of that number.
        """
        return await self._told("GET", f"/internal/withdrawals/{withdrawal_id}", WithdrawalAnswer)

    async def decide(self, withdrawal_id: int, decision: dict[str, object]) -> WithdrawalAnswer:
        """Have an operator's decision take effect; return the withdrawal afterwards.

        Raises:
            VenueRefused: the withdrawal is where that cannot be decided any more, or not yet.
        """
        path = f"/internal/withdrawals/{withdrawal_id}/decisions"
        return await self._told("POST", path, WithdrawalAnswer, body=decision)

    async def withdrawal_rules(self, asset: str | None = None) -> list[RuleAnswer]:
        """Return what may leave, of one asset or of all."""
        rules = (await self._told("GET", "/internal/withdrawal-rules", _Rules)).rules
        return [one for one in rules if asset is None or one.asset == asset.upper()]

    async def set_withdrawal_rule(self, asset: str, rule: dict[str, int]) -> None:
        """Have other amounts hold for an asset."""
        path = "/internal/withdrawal-rules"
        await self._told("POST", path, RuleAnswer, body={"asset": asset, **rule})

    async def _told(
        self,
        method: str,
        path: str,
        kind: type[Told],
        *,
        query: dict[str, str | int] | None = None,
        body: object = None,
    ) -> Told:
        """Return what accounts says.

        Raises:
            VenueRefused: no.
        """
        try:
            return await self._accounts.call(method, path, kind, query=query, body=body)
        except CallFailed as error:
            raise VenueRefused(error.message) from error

    async def _outcome(self, command: Command) -> Outcome:
        try:
            return await self._engine.submit(command, timeout_s=OUTCOME_TIMEOUT_S)
        except TransportError as error:
            message = f"{type(command).__name__}: the engine did not answer ({error})"
            raise VenueUnknown(f"{message}; look with `openbell venue show`") from error


def exact_atoms(asset: Asset, text: str) -> int:
    """Return decimal text in atoms.

    Raises:
        VenueRefused: it is not exact.
    """
    try:
        return asset.atoms(text)
    except InvalidDecimal as error:
        raise VenueRefused(str(error)) from error


async def read_venue(accounts: ServiceClient) -> VenueAnswer:
    """Return what is listed and set."""
    return await accounts.call("GET", "/internal/venue", VenueAnswer)


def instrument_of(venue: VenueAnswer, row: InstrumentAnswer) -> Instrument:
    """Return the instrument that a row describes."""
    assets = {one.asset_id: Asset(one.asset_id, one.name, one.scale) for one in venue.assets}
    return Instrument(
        instrument_id=row.instrument_id,
        symbol=row.symbol,
        base=assets[row.base_asset_id],
        quote=assets[row.quote_asset_id],
        quote_atoms_per_tick_lot=row.quote_atoms_per_tick_lot,
        base_atoms_per_lot=row.base_atoms_per_lot,
        maker_fee_ppm=row.maker_fee_ppm,
        taker_fee_ppm=row.taker_fee_ppm,
        band_bps=row.band_bps,
        min_notional_atoms=row.min_notional_atoms,
        price_max_ticks=row.price_max_ticks,
        qty_max_lots=row.qty_max_lots,
        trading_status=TradingStatus(row.trading_status),
    )


@asynccontextmanager
async def venue_control() -> AsyncIterator[VenueControl]:
    """Connect to the exchange that the environment names, for the length of the block.

    Raises:
        VenueUnknown: accounts or the engine cannot be reached.
    """
    config = load_config(EngineAccess)
    async with aiohttp.ClientSession() as http:
        accounts = ServiceClient(http, config.accounts_url, config.service_secret)
        try:
            async with config.engine(CLIENT_ID, READY_TIMEOUT_S) as engine:
                yield VenueControl(accounts, engine, await read_venue(accounts))
        except (CallFailed, CallUnanswered, TransportError) as error:
            raise VenueUnknown(f"the exchange cannot be reached: {error}") from error
