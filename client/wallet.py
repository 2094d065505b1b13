"""Money out and in, of the native API; a part of the client."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from client.types import Deposit, Withdrawal, WithdrawalAddress

Answer = TypeVar("Answer")


class _Withdrawals(msgspec.Struct):
    withdrawals: list[Withdrawal]


class _Deposits(msgspec.Struct):
    deposits: list[Deposit]


class _Addresses(msgspec.Struct):
    addresses: list[WithdrawalAddress]


class WalletCalls(ABC):
    """What a client can ask about withdrawals and deposits."""

    @abstractmethod
    async def call(
        self,
        method: str,
        path: str,
        answer_type: type[Answer],
        *,
        query: Mapping[str, str | int | None] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make a call: the client that this is a part of knows how."""

    async def withdraw(
        self, asset: str, amount: str, address: str, idempotency_key: str
    ) -> Withdrawal:
        """Take money out. Repeat it with the same key until there is an answer: it is one."""
        body = {"asset": asset, "amount": amount, "address": address}
        headers = {"Idempotency-Key": idempotency_key}
        return await self.call("POST", "/withdrawals", Withdrawal, body=body, headers=headers)

    async def withdrawal(self, withdrawal_id: int) -> Withdrawal:
        """Return one withdrawal with its steps."""
        return await self.call("GET", f"/withdrawals/{withdrawal_id}", Withdrawal)

    async def withdrawals(
        self, asset: str | None = None, limit: int | None = None
    ) -> list[Withdrawal]:
        """Return the caller's withdrawals, newest first."""
        query = {"asset": asset, "limit": limit}
        return (await self.call("GET", "/withdrawals", _Withdrawals, query=query)).withdrawals

    async def deposits(self, asset: str | None = None, limit: int | None = None) -> list[Deposit]:
        """Return the caller's deposits, newest first."""
        query = {"asset": asset, "limit": limit}
        return (await self.call("GET", "/deposits", _Deposits, query=query)).deposits

    async def withdrawal_addresses(self) -> list[WithdrawalAddress]:
        """Return where the caller's money may go."""
        return (await self.call("GET", "/withdrawal-addresses", _Addresses)).addresses

    async def add_withdrawal_address(
        self, asset: str, address: str, label: str = ""
    ) -> WithdrawalAddress:
        """Let money of an asset go to an address."""
        body = {"asset": asset, "address": address, "label": label}
        return await self.call("POST", "/withdrawal-addresses", WithdrawalAddress, body=body)

    async def delete_withdrawal_address(self, asset: str, address: str) -> None:
        """Take an address off the list."""
        query = {"asset": asset, "address": address}
        await self.call("DELETE", "/withdrawal-addresses", type(None), query=query)
