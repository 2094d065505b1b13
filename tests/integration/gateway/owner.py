"""A customer with several accounts."""

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

from tests.integration.gateway.test_venue import Customer

PASSWORD = "a long password"


class Owner(Customer):
    """A customer with several accounts; ``account_id`` chooses one, None the main one."""

    account_id: int | None = None

    async def call(
        self, method: str, path: str, body: object = None, key: str | None = None
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        if self.account_id is not None:
            headers["Openbell-Account"] = str(self.account_id)
        if key is not None:
            headers["Idempotency-Key"] = key
        url = f"{self.venue.gateway_url}/api/v1{path}"
        async with self.http.request(method, url, json=body, headers=headers) as response:
            text = await response.read()
            return response.status, json.loads(text or b"null")

    @contextlib.contextmanager
    def at(self, account_id: int) -> Iterator[None]:
        """Be at one of the accounts for a while."""
        self.account_id = account_id
        yield
        self.account_id = None

    async def sign_up(self, name: str) -> int:
        email = f"{name}-{time.time_ns()}@example.com"
        body = {"email": email, "password": PASSWORD}
        url = f"{self.venue.gateway_url}/api/v1/auth/sign-up"
        async with self.http.post(url, json=body) as response:
            answer = await response.json()
        self.token = answer["access_token"]
        account_id: int = answer["user"]["account_id"]
        return account_id

    async def open(self, name: str) -> int:
        status, made = await self.call("POST", "/sub-accounts", {"name": name})
        assert (status, made["name"], made["is_main"]) == (201, name, False)
        account_id: int = made["account_id"]
        return account_id

    async def move(self, to: int, amount: str, key: str, asset: str = "USDT") -> tuple[int, Any]:
        body = {"to_account_id": to, "asset": asset, "amount": amount}
        return await self.call("POST", "/transfers", body, key)
