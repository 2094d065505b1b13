"""An operator's hold on a running exchange: what is listed and set, and acts, which are logged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiohttp
import msgspec

from accounts.rest.book_messages import PublicationAnswer
from accounts.rest.messages import InstrumentAnswer, VenueAnswer
from accounts.rest.wallet_messages import RuleAnswer, WithdrawalAnswer
from cli.venue.engine_access import EngineAccess
from cli.venue.operate import Signature
from domain.instruments import Asset, Instrument, InvalidDecimal
from domain.orders import TradingStatus
from service.calls import ServiceClient
from service.config import load_config
from service.errors import CallFailed, CallUnanswered, ServiceError

ACT_TIMEOUT_S = 60.0
"""Longer than accounts waits for the engine, and then for the ledger, command by command."""
Told = TypeVar("Told")
Query = dict[str, str | int]


class VenueRefused(ServiceError):
    """It was refused, or what was asked for does not exist; the message says what was done."""


class VenueUnknown(ServiceError):
    """There was no answer in time: look before doing it again."""


class Act(msgspec.Struct, kw_only=True):
    """What was written down of an act."""

    act_id: int
    ts_ns: str
    actor: str
    role: str
    ip: str
    action: str
    subject: str
    reason: str
    outcome: str
    detail: str
    asked: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]


class User(msgspec.Struct, kw_only=True):
    """A login and its accounts."""

    user_id: int
    email: str
    role: str
    status: str
    account_ids: list[int]


class Move(msgspec.Struct):
    """Money from one account to another."""

    from_account_id: int
    to_account_id: int
    asset: str
    amount: str


class Proposal(msgspec.Struct, kw_only=True):
    """What one operator asks for and another must agree to."""

    proposal_id: int
    subject: str
    moves: list[Move]
    reason: str
    asker: str
    state: str
    decider: str | None
    detail: str


class _Proposals(msgspec.Struct):
    proposals: list[Proposal]


class _Acts(msgspec.Struct):
    acts: list[Act]


class _Users(msgspec.Struct):
    users: list[User]


class _SigningKey(msgspec.Struct):
    kid: str


class _Withdrawals(msgspec.Struct):
    withdrawals: list[WithdrawalAnswer]


class _Copied(msgspec.Struct):
    account_ids: list[int]


class _Rules(msgspec.Struct):
    rules: list[RuleAnswer]


class VenueControl:
    """Connected to one exchange. ``venue`` is what was settled when it was last read."""

    def __init__(self, accounts: ServiceClient, venue: VenueAnswer, signed: Signature) -> None:
        self._accounts = accounts
        self._signed = signed
        self.venue = venue

    async def act(self, act: str, **said: Any) -> Act:
        """Have something done, and read the venue again; what is None was not said.

        Raises:
            VenueRefused: no; what was done before that is in the log.
            VenueUnknown: no answer in time.
        """
        wanted = {name: value for name, value in said.items() if value is not None}
        body = {
            "act": {"act": act, **wanted},
            "name": self._signed.by,
            "reason": self._signed.why,
        }
        path = "/internal/admin/acts"
        done = await self._told("POST", path, Act, body=body, timeout_s=ACT_TIMEOUT_S)
        if done.outcome == "unknown":
            raise VenueUnknown(f"{done.detail}: `openbell venue show`, `openbell venue log`")
        self.venue = await read_venue(self._accounts)
        return done

    async def acts(self, query: Query) -> list[Act]:
        """Return what operators did, newest first."""
        return (await self._told("GET", "/internal/admin/acts", _Acts, query=query)).acts

    async def proposals(self, query: Query) -> list[Proposal]:
        """Return what operators ask of each other, newest first."""
        path = "/internal/admin/proposals"
        return (await self._told("GET", path, _Proposals, query=query)).proposals

    async def users(self, query: Query) -> list[User]:
        """Return users, by number."""
        return (await self._told("GET", "/internal/admin/users", _Users, query=query)).users

    async def user_id(self, email: str) -> int:
        """Return the number of a user.

        Raises:
            VenueRefused: there is none with this e-mail.
        """
        return int((await self._user(email))["user_id"])

    async def rotate_signing_key(self) -> str:
        """Have access tokens signed with a new key; return its name."""
        return (await self._accounts.call("POST", "/internal/signing-keys", _SigningKey)).kid

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

    def asset(self, name: str) -> Asset:
        """Return an asset.

        Raises:
            VenueRefused: there is none of that name.
        """
        for one in self.venue.assets:
            if one.name == name.upper():
                return Asset(one.asset_id, one.name, one.scale)
        raise VenueRefused(f"there is no asset {name!r}")

    async def drop_copy(self, api_key: str, account_id: int, by: str, is_ended: bool) -> list[int]:
        """Let a key see an account's fills, or no more; return whose it sees.

        Raises:
            VenueRefused: there is no such key or account.
        """
        body = {"api_key": api_key, "account_id": account_id, "by": by, "is_ended": is_ended}
        try:
            return (
                await self._accounts.call("POST", "/internal/drop-copies", _Copied, body=body)
            ).account_ids
        except CallFailed as error:
            raise VenueRefused(error.message) from error

    async def publish_liabilities(self) -> PublicationAnswer:
        """Have what is owed published, and return it."""
        return await self._accounts.call("POST", "/internal/liabilities", PublicationAnswer)

    async def account_id(self, named: str) -> int:
        """Return the account of a number, or of a user's e-mail.

        Raises:
            VenueRefused: there is no such user.
        """
        return int(named) if named.isdecimal() else int((await self._user(named))["account_id"])

    async def withdrawals(self, state: str, limit: int) -> list[WithdrawalAnswer]:
        """Return withdrawals, newest first.

        Raises:
            VenueRefused: there is no such state.
        """
        query: Query = {"state": state, "limit": limit}
        page = await self._told("GET", "/internal/withdrawals", _Withdrawals, query=query)
        return page.withdrawals

    async def withdrawal(self, withdrawal_id: int) -> WithdrawalAnswer:
        """Return a withdrawal with its steps.

        Raises:
            VenueRefused: there is none of that number.
        """
        return await self._told("GET", f"/internal/withdrawals/{withdrawal_id}", WithdrawalAnswer)

    async def withdrawal_rules(self) -> list[RuleAnswer]:
        """Return what may leave, of all assets."""
        return (await self._told("GET", "/internal/withdrawal-rules", _Rules)).rules

    async def _user(self, email: str) -> dict[str, Any]:
        try:
            query: Query = {"email": email}
            return await self._accounts.call("GET", "/internal/users", dict[str, Any], query=query)
        except CallFailed as error:
            raise VenueRefused(f"{email!r} is no account and no user: {error.message}") from error

    async def _told(
        self,
        method: str,
        path: str,
        kind: type[Told],
        *,
        query: Query | None = None,
        body: object = None,
        timeout_s: float = 30.0,
    ) -> Told:
        """Return what accounts says.

        Raises:
            VenueRefused: no.
        """
        try:
            return await self._accounts.call(
                method, path, kind, query=query, body=body, timeout_s=timeout_s
            )
        except CallFailed as error:
            raise VenueRefused(error.message) from error


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
async def venue_control(signed: Signature) -> AsyncIterator[VenueControl]:
    """Connect to the exchange that the environment names, for the length of the block.

    Raises:
        VenueUnknown: accounts cannot be reached.
    """
    config = load_config(EngineAccess)
    async with aiohttp.ClientSession() as http:
        accounts = ServiceClient(http, config.accounts_url, config.service_secret)
        try:
            yield VenueControl(accounts, await read_venue(accounts), signed)
        except (CallFailed, CallUnanswered) as error:
            raise VenueUnknown(f"the exchange cannot be reached: {error}") from error
