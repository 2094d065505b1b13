"""Who calls: people who have logged in, programs with keys, and nobody."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp

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
        told |= self._proof(method, API + path, data)
        async with self.http.request(
            method, self.url + API + path, data=data or None, headers=told
        ) as response:
            return Answer(response.status, await response.text())

    def _proof(self, method: str, path: str, data: bytes) -> dict[str, str]:
        if not self.api_key:
            return {"Authorization": f"Bearer {self.token}"} if self.token else {}
        at_ms = str(time.time_ns() // 1_000_000)
        message = (at_ms + method + path).encode() + data
        signature = hmac.new(self.secret.encode(), message, hashlib.sha256).hexdigest()
        return {
            "X-Openbell-Key": self.api_key,
            "X-Openbell-Timestamp": at_ms,
            "X-Openbell-Signature": signature,
        }

    async def key(self, *permissions: str) -> "Caller":
        """Return a program with a new key of this person's."""
        body = {"label": "test", "permissions": permissions}
        made = (await self.call("POST", "/api-keys", body)).json
        return Caller(self.http, self.url, api_key=made["api_key"], secret=made["api_secret"])


async def signed_up(http: aiohttp.ClientSession, url: str, email: str) -> Caller:
    """Return a person who has just signed up."""
    anybody = Caller(http, url)
    answer = await anybody.call("POST", "/auth/sign-up", {"email": email, "password": PASSWORD})
    assert answer.status == 201, answer
    return Caller(http, url, token=answer.json["access_token"], facts=answer.json)
