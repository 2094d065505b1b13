"""The demo's content: assets, two markets, users with funds, API keys. Running it again changes
nothing.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from accounts.identity.demo_second_factor import DEMO_SECRET
from cli.running.instance import write_private_json
from cli.venue.engine_access import EngineAccess, settled, terms_of
from domain.commands import CreateAsset, CreateInstrument, SetTradingStatus
from domain.events import OutcomeResult
from domain.instruments import Asset, define
from domain.orders import TradingStatus
from domain.reasons import RejectReason
from service.calls import ServiceClient
from service.errors import CallFailed, CallUnanswered, ServiceError
from transport.errors import TransportError

SEED_CLIENT_ID = 20
READY_TIMEOUT_S = 60.0
RETRY_S = 0.1
RETRIES_MAX = 100
PASSWORD = "openbell-demo"
KEY_LABEL = "seed"

BTC, ETH, USDT = Asset(1, "BTC"), Asset(2, "ETH"), Asset(3, "USDT")
ASSETS = (BTC, ETH, USDT)
MAKER_FEE_PPM, TAKER_FEE_PPM = 500, 1_000
INSTRUMENTS = tuple(
    define(
        instrument_id,
        base,
        USDT,
        tick_size="0.01",
        lot_size=lot_size,
        maker_fee_ppm=MAKER_FEE_PPM,
        taker_fee_ppm=TAKER_FEE_PPM,
        min_notional="1",
    )
    for instrument_id, base, lot_size in ((1, BTC, "0.00001"), (2, ETH, "0.0001"))
)


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A user to create. ``funds``: decimal text by asset. A bot has no known password, an operator
    no funds and no key.
    """

    email: str
    funds: dict[str, str]
    bot_role: str | None = None
    operator_role: str | None = None


_PERSON = {"USDT": "100000", "BTC": "2", "ETH": "20"}
_BOT = {"USDT": "100000000", "BTC": "2000", "ETH": "30000"}
USERS = (
    DemoUser("demo@openbell.local", _PERSON),
    DemoUser("trader@openbell.local", _PERSON),
    DemoUser("maker@openbell.local", _BOT, "maker"),
    DemoUser("taker@openbell.local", _BOT, "taker"),
    DemoUser("admin@openbell.local", {}, operator_role="admin"),
    DemoUser("bots@openbell.local", _BOT, "trader"),
)


class SeedConfig(EngineAccess):
    """The environment of a seed. Without ``bot_credentials`` no file is written for the bots."""

    bot_credentials: Path | None = None


class CannotSeed(ServiceError):
    """The demo's content could not be made; the message says what refused it."""


@dataclass(slots=True)
class SeedResult:
    """Who may log in, and with which keys."""

    logins: list[dict[str, str]] = field(default_factory=list)
    api_keys: list[dict[str, str]] = field(default_factory=list)
    bots: dict[str, dict[str, str]] = field(default_factory=dict)

    def as_facts(self) -> dict[str, Any]:
        """Return what the facts file keeps."""
        return {"logins": self.logins, "api_keys": self.api_keys}

    def __str__(self) -> str:
        lines = [f"log in as {one['email']}, password {one['password']}" for one in self.logins]
        lines += [f"API key of {one['email']}: {one['api_key']}" for one in self.api_keys]
        return "\n".join(lines)


async def seed(
    config: SeedConfig, progress: Callable[[str], None] = lambda message: None
) -> SeedResult:
    """Create what is missing, once accounts and engine answer; return who may log in.

    Raises:
        CannotSeed: something refused, or did not answer within a minute.
    """
    async with aiohttp.ClientSession() as http:
        accounts = ServiceClient(http, config.accounts_url, config.service_secret)
        progress("waiting for accounts")
        await _accounts_ready(http, config)
        try:
            progress("creating assets and markets")
            await _list_instruments(accounts, config)
            result = SeedResult()
            for user in USERS:
                progress(f"creating {user.email}")
                await _seed_user(accounts, user, result)
        except (CallFailed, CallUnanswered, TransportError) as error:
            raise CannotSeed(f"seeding failed: {error}") from error
    if config.bot_credentials is not None:
        _write_bots(config.bot_credentials, result.bots)
    return result


async def _accounts_ready(http: aiohttp.ClientSession, config: SeedConfig) -> None:
    """Accounts are ready when engine and settlement are."""
    deadline_s = time.monotonic() + READY_TIMEOUT_S
    while True:
        try:
            async with http.get(f"{config.accounts_url}/readyz") as response:
                if response.status == 200:
                    return
                said = await response.text()
        except aiohttp.ClientError as error:
            said = str(error)
        if time.monotonic() > deadline_s:
            raise CannotSeed(f"accounts are not ready: {said}")
        await asyncio.sleep(RETRY_S)


async def _list_instruments(accounts: ServiceClient, config: SeedConfig) -> None:
    """Create what the venue lacks, and wait until accounts knows it."""
    known = await accounts.call("GET", "/internal/snapshot", dict[str, Any])
    names = {asset["name"] for asset in known["assets"]}
    # An instrument that was moved or traded is its operator's affair.
    untouched = {
        one["symbol"]
        for one in known["instruments"]
        if one["trading_status"] == TradingStatus.HALT and one["book_seq"] == 0
    }
    listed = {one["symbol"] for one in known["instruments"]}
    commands: list[CreateAsset | CreateInstrument | SetTradingStatus] = [
        CreateAsset(asset_id=asset.asset_id, scale=asset.scale, name=asset.name.encode())
        for asset in ASSETS
        if asset.name not in names
    ]
    for instrument in INSTRUMENTS:
        if instrument.symbol not in listed:
            commands.append(CreateInstrument(**terms_of(instrument)))
        if instrument.symbol not in listed or instrument.symbol in untouched:
            status = SetTradingStatus(
                instrument_id=instrument.instrument_id, trading_status=TradingStatus.TRADING
            )
            commands.append(status)
    if commands:
        try:
            await settled(accounts, await _submit(config, commands), READY_TIMEOUT_S)
        except TimeoutError as error:
            raise CannotSeed(str(error)) from error


async def _submit(
    config: SeedConfig, commands: list[CreateAsset | CreateInstrument | SetTradingStatus]
) -> int:
    """Have ``commands`` executed; return the last event of them."""
    fine = {RejectReason.NONE, RejectReason.ALREADY_EXISTS, RejectReason.INVALID_TRANSITION}
    last_seq = 0
    async with config.engine(SEED_CLIENT_ID, READY_TIMEOUT_S) as engine:
        for command in commands:
            outcome = await engine.submit(command, timeout_s=READY_TIMEOUT_S)
            if outcome.result is not OutcomeResult.DONE and outcome.reason not in fine:
                raise CannotSeed(f"the engine refused {command}: {outcome.reason.name}")
            last_seq = outcome.last_event_seq
    return last_seq


async def _seed_user(accounts: ServiceClient, user: DemoUser, result: SeedResult) -> None:
    password = PASSWORD if user.bot_role is None else secrets.token_urlsafe(24)
    try:
        body = {"email": user.email, "password": password, "email_verified": True}
        made = await accounts.call("POST", "/internal/sign-up", dict[str, Any], body=body)
    except CallFailed as failed:
        if failed.code != "EMAIL_TAKEN":
            raise
        query = {"email": user.email}
        made = await accounts.call("GET", "/internal/users", dict[str, Any], query=query)
    if user.operator_role is not None:
        if await _seed_operator(accounts, user, made["user_id"], user.operator_role):
            login = {"email": user.email, "password": PASSWORD, "totp_secret": DEMO_SECRET}
            result.logins.append(login)
        return
    for asset in ASSETS:
        await _fund(accounts, user, made["account_id"], asset)
    key = await _api_key(accounts, made["user_id"])
    if user.bot_role is not None:
        result.bots[user.bot_role] = key
        return
    result.logins.append({"email": user.email, "password": PASSWORD})
    result.api_keys.append({"email": user.email} | key)


async def _seed_operator(accounts: ServiceClient, user: DemoUser, user_id: int, role: str) -> bool:
    """Give the role and the known second factor; False if the login is somebody else's by now."""
    try:
        body = {"email": user.email, "password": PASSWORD}
        await accounts.call("POST", "/internal/login", dict[str, Any], body=body)
    except CallFailed as failed:
        if failed.code != "INVALID_CREDENTIALS":
            raise
        # Whoever took the address first, or changed the password, is not made an operator.
        return False
    await accounts.call("POST", f"/internal/users/{user_id}/demo-second-factor", type(None))
    await _give_role(accounts, user_id, role)
    return True


async def _give_role(accounts: ServiceClient, user_id: int, role: str) -> None:
    """Give a role once: what an operator makes of it later stays."""
    path, query = "/internal/admin/acts", {"subject": f"user:{user_id}", "action": "set_role"}
    if (await accounts.call("GET", path, dict[str, Any], query=query))["acts"]:
        return
    act = {"act": "set_role", "user_id": user_id, "role": role}
    body = {"act": act, "name": "seed", "reason": "the demo's operator"}
    await accounts.call("POST", path, dict[str, Any], body=body)


async def _fund(accounts: ServiceClient, user: DemoUser, account_id: int, asset: Asset) -> None:
    """Deposit under a reference of its own: asked for again, it is the same deposit."""
    body = {
        "account_id": account_id,
        "asset": asset.name,
        "amount_atoms": asset.atoms(user.funds[asset.name]),
        "external_ref": f"seed:{user.email}:{asset.name}",
    }
    for _ in range(RETRIES_MAX):
        try:
            await accounts.call("POST", "/internal/deposits", dict[str, int], body=body)
            return
        except CallFailed as failed:
            if failed.status != 503:
                raise
        await asyncio.sleep(RETRY_S)
    raise CannotSeed(f"the funds of {user.email} are still on their way")


async def _api_key(accounts: ServiceClient, user_id: int) -> dict[str, str]:
    """Return the seed's key of a user; made once, found again later."""
    path = "/internal/api-keys"
    listed = await accounts.call("GET", path, dict[str, Any], query={"user_id": user_id})
    for key in listed["api_keys"]:
        if key["label"] == KEY_LABEL:
            found = await accounts.call("GET", f"{path}/{key['api_key']}/secret", dict[str, Any])
            return {"api_key": found["api_key"], "api_secret": found["secret"]}
    body = {"user_id": user_id, "label": KEY_LABEL, "permissions": ["read", "trade"]}
    made = await accounts.call("POST", path, dict[str, Any], body=body)
    return {"api_key": made["api_key"], "api_secret": made["api_secret"]}


def _write_bots(path: Path, bots: dict[str, dict[str, str]]) -> None:
    """Write the bots' keys, readable by their owner alone, unless they are there."""
    if path.exists() and json.loads(path.read_text(encoding="utf-8")) == bots:
        return
    write_private_json(path, bots)
