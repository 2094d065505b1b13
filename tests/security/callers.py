"""Who calls: people who have logged in, programs with keys, and nobody."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from client.rest import signature
from service.calls import ServiceClient
from tests.integration.gateway.venue import SECRET, Venue

API = "/api/v1"
PASSWORD = "correct horse battery staple"


@dataclass
class Answer:
    """What came back; ``text`` is the body as sent."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text or "null")


@dataclass
class Caller:
    """One way to call. ``api_key`` signs; else ``token`` is shown; else nothing."""

    http: aiohttp.ClientSession
    url: str
    token: str = ""
    api_key: str = ""
    secret: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    """Of a person: the login's answer, and the email."""

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Call a path below the prefix, its query included."""
        data = b"" if body is None else json.dumps(body).encode()
        told = {name.replace("_", "-"): text for name, text in headers.items()}
        told |= self._proof(method, API + path, data, told)
        async with self.http.request(
            method, self.url + API + path, data=data or None, headers=told
        ) as response:
            return Answer(response.status, await response.text())

    def _proof(self, method: str, path: str, data: bytes, told: dict[str, str]) -> dict[str, str]:
        if not self.api_key:
            return {"Authorization": f"Bearer {self.token}"} if self.token else {}
        at_ms = time.time_ns() // 1_000_000
        account, key = told.get("Openbell-Account", ""), told.get("Idempotency-Key", "")
        mac = signature(
            self.secret, at_ms, method, path, account=account, idempotency_key=key, body=data
        )
        return {
            "X-Openbell-Key": self.api_key,
            "X-Openbell-Timestamp": str(at_ms),
            "X-Openbell-Signature": mac,
        }

    async def key(self, *permissions: str) -> "Caller":
        """Return a program with a new key of this person's."""
        body = {"label": "test", "permissions": permissions}
        made = (await self.call("POST", "/api-keys", body)).json
        return Caller(self.http, self.url, api_key=made["api_key"], secret=made["api_secret"])


async def newcomer(http: aiohttp.ClientSession, venue: Venue, email: str) -> Caller:
    """Return a person with a confirmed address who has just logged in."""
    calls = ServiceClient(http, f"http://127.0.0.1:{venue.ports['accounts']}", SECRET)
    person = {"email": email, "password": PASSWORD}
    await calls.call("POST", "/internal/sign-up", Any, body=person | {"email_verified": True})
    anybody = Caller(http, venue.gateway_url)
    answer = await anybody.call("POST", "/auth/login", person)
    assert answer.status == 200, answer
    return Caller(http, venue.gateway_url, token=answer.json["access_token"], facts=answer.json)
