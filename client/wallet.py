"""Money out and in, of the native API; a part of the client."""

import msgspec

from client.calls import Calls, shown
from client.types import Deposit, Withdrawal, WithdrawalAddress


class _Withdrawals(msgspec.Struct):
    withdrawals: list[Withdrawal]


class _Deposits(msgspec.Struct):
    deposits: list[Deposit]


class _Addresses(msgspec.Struct):
    addresses: list[WithdrawalAddress]


class WalletCalls(Calls):
    """What a client can ask about withdrawals and deposits."""

    async def withdraw(
        self,
        asset: str,
        amount: str,
        address: str,
        idempotency_key: str,
        code: str | None = None,
    ) -> Withdrawal:
        """Take money out. Repeat it with the same key until there is an answer: it is one.
        ``code``: of the second factor, where there is one.
        """
        body = {"asset": asset, "amount": amount, "address": address}
        headers = {"Idempotency-Key": idempotency_key} | shown(code)
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
        self, asset: str, address: str, label: str = "", code: str | None = None
    ) -> WithdrawalAddress:
        """Let money of an asset go to an address."""
        body = {"asset": asset, "address": address, "label": label}
        path, headers = "/withdrawal-addresses", shown(code)
        return await self.call("POST", path, WithdrawalAddress, body=body, headers=headers)

    async def delete_withdrawal_address(self, asset: str, address: str) -> None:
        """Take an address off the list."""
        query = {"asset": asset, "address": address}
        await self.call("DELETE", "/withdrawal-addresses", type(None), query=query)
