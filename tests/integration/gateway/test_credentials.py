"""Users' credentials through the real gateway, accounts, engine, database and mail server."""

import asyncio
import hashlib
import hmac
import json
import re
import secrets
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pyotp
import pytest
from aiohttp import WSMsgType

from cli.running.embedded_postgres import EmbeddedPostgres
from cli.running.seed import SeedConfig, seed
from client.rest import signature
from tests.integration.gateway.venue import ROOT, SECRET, Venue

PASSWORD = "a long password"
PATIENCE_S = 30


@pytest.fixture(scope="module")
def venue(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_cluster: EmbeddedPostgres,
    migrated_template: str,
) -> Iterator[Venue]:
    """Engine, accounts and gateway, with the demo's assets."""
    postgres_cluster.run_sql(f'CREATE DATABASE "credentials" TEMPLATE "{migrated_template}"')
    running = Venue(tmp_path_factory.mktemp("credentials"), postgres_cluster.url("credentials"))
    try:
        running.start("engine")
        running.start("accounts", wait=False)
        asyncio.run(
            seed(
                SeedConfig(
                    service_secret=SECRET,
                    accounts_url=running.environment["OPENBELL_ACCOUNTS_URL"],
                    engine_udp_port=running.ports["engine_udp"],
                    engine_tcp_port=running.ports["engine_tcp"],
                    engine_key=running.environment["OPENBELL_ENGINE_KEY"],
                )
            )
        )
        running.start("gateway")
        yield running
    finally:
        running.stop()
        postgres_cluster.run_sql('DROP DATABASE "credentials" WITH (FORCE)')


class Person:
    """Somebody with a browser, an e-mail address and an authenticator app."""

    def __init__(self, venue: Venue, http: aiohttp.ClientSession) -> None:
        self._venue = venue
        self._http = http
        self.email = f"{secrets.token_hex(5)}@example.com"
        self.token = ""
        self.app: pyotp.TOTP | None = None
        self.recovery_codes: list[str] = []

    async def call(
        self, method: str, path: str, body: object = None, *, headers: Any = None
    ) -> tuple[int, Any]:
        """Return (status, answer)."""
        sent = dict(headers or {})
        if self.token and "X-Openbell-Key" not in sent:
            sent["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body)
        url = f"{self._venue.gateway_url}/api/v1{path}"
        async with self._http.request(method, url, data=data, headers=sent) as response:
            return response.status, json.loads(await response.read() or b"null")

    async def done(self, method: str, path: str, body: object = None, *, code: str = "") -> Any:
        """Return the answer of a call that is not refused."""
        headers = {"X-Openbell-Code": code} if code else None
        status, answer = await self.call(method, path, body, headers=headers)
        assert status < 300, answer
        return answer

    async def refused(self, method: str, path: str, body: object = None, **told: Any) -> str:
        """Return the code of a refusal."""
        status, answer = await self.call(method, path, body, **told)
        assert status >= 400, answer
        return str(answer["error"]["code"])

    async def sign_up(self) -> None:
        """Become a user, logged in."""
        body = {"email": self.email, "password": PASSWORD}
        self.token = (await self.done("POST", "/auth/sign-up", body))["access_token"]

    async def mailed(self, subject: str) -> str:
        """Return the code in the newest mail of a subject."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                box = await self.done("GET", f"/demo/mail?address={self.email}")
                for letter in box["mail"]:
                    if subject in letter["subject"]:
                        found = re.search(r"^\d{4} \d{4}$", letter["text"], re.MULTILINE)
                        assert found is not None
                        return found[0]
                await asyncio.sleep(0.05)

    async def verify(self) -> None:
        """Enter the code that came at sign-up."""
        body = {"email": self.email, "code": await self.mailed("confirm")}
        await self.done("POST", "/auth/verify-email", body)

    async def enrol(self) -> None:
        """Put a second factor in force."""
        begun = await self.done("POST", "/me/totp", {"password": PASSWORD})
        app = pyotp.parse_uri(begun["uri"])
        assert isinstance(app, pyotp.TOTP) and app.secret == begun["secret"]
        self.app = app
        answer = await self.done("POST", "/me/totp/confirm", {"code": app.now()})
        self.recovery_codes = answer["recovery_codes"]

    def signed(
        self, key: dict[str, str], method: str, path: str, body: object, name: str = ""
    ) -> dict[str, str]:
        """Return the headers of a request signed with an API key."""
        at_ms, data = (
            time.time_ns() // 1_000_000,
            b"" if body is None else json.dumps(body).encode(),
        )
        mac = signature(
            key["api_secret"], at_ms, method, f"/api/v1{path}", idempotency_key=name, body=data
        )
        return {
            "X-Openbell-Key": key["api_key"],
            "X-Openbell-Timestamp": str(at_ms),
            "X-Openbell-Signature": mac,
        }


@pytest.fixture
async def person(venue: Venue) -> AsyncIterator[Person]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Person(venue, http)


async def posted(person: Person, withdrawal_id: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            one = await person.done("GET", f"/withdrawals/{withdrawal_id}")
            if one["state"] == "posted":
                return
            await asyncio.sleep(0.1)


@pytest.mark.timeout(120)
async def test_a_new_user_from_sign_up_to_withdrawal(person: Person) -> None:
    await person.sign_up()
    me = await person.done("GET", "/me")
    assert (me["email"], me["role"]) == (person.email, "user")
    assert (me["email_verified"], me["second_factor"]) == (False, False)
    await person.done("POST", "/faucet", {"asset": "BTC", "amount": "1"})
    out = {"asset": "BTC", "amount": "0.01", "address": "bc1-mine"}
    await person.done("POST", "/withdrawal-addresses", {"asset": "BTC", "address": "bc1-mine"})
    key = {"Idempotency-Key": "first"}
    assert await person.refused("POST", "/withdrawals", out, headers=key) == "EMAIL_NOT_VERIFIED"
    await person.verify()
    await person.enrol()
    me = await person.done("GET", "/me")
    assert (me["email_verified"], me["second_factor"]) == (True, True)
    assert me["recovery_codes_left"] == 10

    person.token = ""
    credentials = {"email": person.email, "password": PASSWORD}
    status, answer = await person.call("POST", "/auth/login", credentials)
    assert (status, answer["error"]["code"]) == (403, "SECOND_FACTOR_REQUIRED")
    body = {"challenge": answer["error"]["details"]["challenge"], "code": person.recovery_codes[0]}
    login = await person.done("POST", "/auth/login/second-factor", body)
    person.token = login["access_token"]

    needs = "SECOND_FACTOR_REQUIRED"
    assert await person.refused("POST", "/withdrawals", out, headers=key) == needs
    wrong = key | {"X-Openbell-Code": "aaaa-bbbb"}
    assert await person.refused("POST", "/withdrawals", out, headers=wrong) == "INVALID_CODE"
    right = key | {"X-Openbell-Code": person.recovery_codes[1]}
    status, withdrawal = await person.call("POST", "/withdrawals", out, headers=right)
    assert status == 201, withdrawal
    await posted(person, withdrawal["withdrawal_id"])


async def test_what_opens_a_door_later_needs_the_second_factor_too(person: Person) -> None:
    await person.sign_up()
    await person.enrol()
    needs = "SECOND_FACTOR_REQUIRED"
    key = {"label": "bot", "permissions": ["read"]}
    address = {"asset": "BTC", "address": "bc1-mine"}
    change = {"password": PASSWORD, "new_password": "another password"}
    assert await person.refused("POST", "/api-keys", key) == needs
    assert await person.refused("POST", "/withdrawal-addresses", address) == needs
    assert await person.refused("PUT", "/me/password", change) == needs
    assert await person.refused("POST", "/me/totp/disable", {"password": PASSWORD}) == needs
    assert await person.refused("POST", "/me/totp/recovery-codes", {"password": PASSWORD}) == needs
    one, two, three, four = person.recovery_codes[:4]
    # A request that is malformed uses no code up.
    bad = {"X-Openbell-Code": one}
    assert await person.refused("POST", "/api-keys", {}, headers=bad) == "INVALID_REQUEST"
    assert "api_secret" in await person.done("POST", "/api-keys", key, code=one)
    await person.done("PUT", "/me/password", change, code=two)
    proof = {"password": "another password"}
    newer = await person.done("POST", "/me/totp/recovery-codes", proof, code=three)
    refused = {"X-Openbell-Code": four}
    assert await person.refused("POST", "/api-keys", key, headers=refused) == "INVALID_CODE"
    await person.done("POST", "/me/totp/disable", proof, code=newer["recovery_codes"][0])
    assert "api_secret" in await person.done("POST", "/api-keys", key)


async def test_a_key_that_withdraws_is_bound_to_its_networks(person: Person, venue: Venue) -> None:
    await person.sign_up()
    await person.verify()
    await person.done("POST", "/faucet", {"asset": "BTC", "amount": "1"})
    await person.done("POST", "/withdrawal-addresses", {"asset": "BTC", "address": "bc1-mine"})
    out = {"asset": "BTC", "amount": "0.01", "address": "bc1-mine"}

    async def key(networks: list[str], *permissions: str) -> Any:
        body = {"label": "bot", "permissions": permissions, "allowed_networks": networks}
        return await person.done("POST", "/api-keys", body)

    async def withdraw(with_key: Any, name: str) -> tuple[int, str]:
        headers = person.signed(with_key, "POST", "/withdrawals", out, name)
        headers |= {"Idempotency-Key": name}
        status, answer = await person.call("POST", "/withdrawals", out, headers=headers)
        return status, answer.get("state") or answer["error"]["code"]

    anywhere = {"label": "bot", "permissions": ["withdraw"]}
    assert await person.refused("POST", "/api-keys", anywhere) == "INVALID_REQUEST"
    bad = {"label": "bot", "permissions": ["read"], "allowed_networks": ["10.0.0.1/8"]}
    assert await person.refused("POST", "/api-keys", bad) == "INVALID_REQUEST"
    here, there = await key(["127.0.0.0/8"], "withdraw"), await key(["10.0.0.0/8"], "withdraw")
    reader = await key([], "read")
    assert (await withdraw(here, "one"))[0] == 201
    assert await withdraw(there, "two") == (403, "FORBIDDEN")
    assert await withdraw(reader, "three") == (403, "FORBIDDEN")
    addresses = person.signed(here, "POST", "/withdrawal-addresses", out)
    told = {"headers": addresses}
    assert await person.refused("POST", "/withdrawal-addresses", out, **told) == "FORBIDDEN"

    both = await key(["10.0.0.0/8"], "read", "trade")
    query = f"timestamp={time.time_ns() // 1_000_000}"
    mac = hmac.new(both["api_secret"].encode(), query.encode(), hashlib.sha256).hexdigest()
    url = f"{venue.gateway_url}/api/v3/account?{query}&signature={mac}"
    async with (
        aiohttp.ClientSession() as http,
        http.get(url, headers={"X-MBX-APIKEY": both["api_key"]}) as response,
    ):
        assert (response.status, (await response.json())["code"]) == (401, -2015)

    async with asyncio.timeout(PATIENCE_S):  # it is told of every ten seconds
        while True:
            rows = (await person.done("GET", "/api-keys"))["api_keys"]
            used = {row["api_key"] for row in rows if row["last_used_ts_ns"]}
            if here["api_key"] in used:
                break
            await asyncio.sleep(0.1)
    assert there["api_key"] not in used


async def test_a_revoked_session_ends_within_seconds_on_every_door(
    person: Person, venue: Venue
) -> None:
    await person.sign_up()
    credentials = {"email": person.email, "password": PASSWORD}
    async with aiohttp.ClientSession() as http:
        thief = Person(venue, http)
        thief.token = (await thief.done("POST", "/auth/login", credentials))["access_token"]
        listed = (await person.done("GET", "/me/sessions"))["sessions"]
        assert sorted(one["current"] for one in listed) == [False, True]
        theirs = next(one for one in listed if not one["current"])
        assert theirs["ip"] == "127.0.0.1" and theirs["user_agent"].startswith("Python")
        async with http.ws_connect(f"{venue.gateway_url}/api/v1/ws") as socket:
            await socket.send_json({"id": 1, "op": "auth", "token": thief.token})
            while (answer := await socket.receive_json()).get("id") != 1:
                continue  # what the exchange tells everybody first
            assert answer["ok"]
            await person.done("DELETE", f"/me/sessions/{theirs['session_id']}")
            async with asyncio.timeout(PATIENCE_S):
                while (await thief.call("GET", "/balances"))[0] == 200:
                    await asyncio.sleep(0.05)
                while (await socket.receive()).type is WSMsgType.TEXT:
                    continue
            assert socket.close_code == 4001
        assert await thief.refused("GET", "/me/sessions") == "UNAUTHENTICATED"
    gone = f"/me/sessions/{theirs['session_id']}"
    assert await person.refused("DELETE", gone) == "NOT_FOUND"
    assert await person.refused("DELETE", "/me/sessions/nonsense") == "NOT_FOUND"
    await person.done("DELETE", "/me/sessions")
    assert len((await person.done("GET", "/me/sessions"))["sessions"]) == 1


async def test_a_code_by_mail_logs_in_and_resets_the_password(person: Person) -> None:
    await person.sign_up()
    person.token = ""
    await person.done("POST", "/auth/codes", {"email": person.email, "purpose": "login"})
    body = {"email": person.email, "code": await person.mailed("log in")}
    login = await person.done("POST", "/auth/login/code", body)
    assert login["user"]["email_verified"] is True
    assert await person.refused("POST", "/auth/login/code", body) == "INVALID_CODE"
    await person.done("POST", "/auth/codes", {"email": person.email, "purpose": "reset"})
    code = await person.mailed("new password")
    reset = {"email": person.email, "code": code, "password": "another password"}
    await person.done("POST", "/auth/password-reset", reset)
    old = {"email": person.email, "password": PASSWORD}
    assert await person.refused("POST", "/auth/login", old) == "INVALID_CREDENTIALS"
    await person.done("POST", "/auth/login", old | {"password": "another password"})


async def test_asking_for_codes_tells_nothing_about_who_has_an_account(person: Person) -> None:
    await person.sign_up()
    answers = []
    for email in (person.email, "nobody-at-all@example.com"):
        for purpose in ("verify", "login", "reset"):
            body = {"email": email, "purpose": purpose}
            answers.append(await person.call("POST", "/auth/codes", body))
        wrong = {"email": email, "code": "0000 0000"}
        for path in ("/auth/verify-email", "/auth/login/code"):
            answers.append(await person.call("POST", path, wrong))
    assert answers[: len(answers) // 2] == answers[len(answers) // 2 :]


async def test_tokens_of_before_a_rotation_stay_good(person: Person, venue: Venue) -> None:
    await person.sign_up()
    rotated = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "venue", "rotate-keys"),
        cwd=ROOT,
        env=venue.environment,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await rotated.communicate()
    assert rotated.returncode == 0 and b"Access tokens are signed with" in said
    await person.done("GET", "/balances")
    credentials = {"email": person.email, "password": PASSWORD}
    old, login = person.token, await person.done("POST", "/auth/login", credentials)
    person.token = login["access_token"]
    async with asyncio.timeout(PATIENCE_S):  # the gateway asks for keys every two seconds at most
        while (await person.call("GET", "/balances"))[0] != 200:
            await asyncio.sleep(0.1)
    person.token = old
    await person.done("GET", "/balances")


def test_neither_passwords_nor_codes_nor_tokens_are_in_the_logs(venue: Venue) -> None:
    logs = venue.log("accounts") + venue.log("gateway")
    assert PASSWORD not in logs and "eyJ" not in logs
    assert not re.search(r"\b\d{4} \d{4}\b", logs)
