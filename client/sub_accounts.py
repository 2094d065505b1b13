"""The accounts of a login, of the native API; a part of the client."""

import msgspec

from client.calls import Calls
from client.types import AccountTransfer, SubAccount


class _Accounts(msgspec.Struct):
    accounts: list[SubAccount]


class _Transfers(msgspec.Struct):
    transfers: list[AccountTransfer]


class SubAccountCalls(Calls):
    """What a client that logged in can ask about its accounts."""

    async def sub_accounts(self) -> list[SubAccount]:
        """Return the login's accounts, the main one first."""
        return (await self.call("GET", "/sub-accounts", _Accounts)).accounts

    async def open_sub_account(self, name: str) -> SubAccount:
        """Make an account with money, orders and keys of its own."""
        return await self.call("POST", "/sub-accounts", SubAccount, body={"name": name})

    async def rename_sub_account(self, account_id: int, name: str) -> SubAccount:
        """Give an account another name."""
        path = f"/sub-accounts/{account_id}"
        return await self.call("PUT", path, SubAccount, body={"name": name})

    async def close_sub_account(self, account_id: int) -> None:
        """Close an empty account for ever."""
        await self.call("DELETE", f"/sub-accounts/{account_id}", type(None))

    async def transfer(
        self, to_account_id: int, asset: str, amount: str, idempotency_key: str
    ) -> AccountTransfer:
        """Move money from the chosen account to another of this login. Repeat it with the same key
        until there is an answer: it is one.
        """
        body = {"to_account_id": to_account_id, "asset": asset, "amount": amount}
        headers = {"Idempotency-Key": idempotency_key}
        return await self.call("POST", "/transfers", AccountTransfer, body=body, headers=headers)

    async def transfers(
        self, asset: str | None = None, limit: int | None = None
    ) -> list[AccountTransfer]:
        """Return what moved to and from the chosen account, newest first."""
        query = {"asset": asset, "limit": limit}
        return (await self.call("GET", "/transfers", _Transfers, query=query)).transfers
