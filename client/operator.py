"""What operators do, over the native API: ``Operator(client)`` of a client that has logged in.

Each act is answered with what was written down of it. ``code``: of the operator's second factor,
where the session has not shown one lately, or where each act wants its own.
"""

from typing import Any

import msgspec

from client.calls import Calls, shown
from client.operator_types import (
    Act,
    OperatedInstrument,
    OperatedUser,
    OperatedWithdrawal,
    Proposal,
)


class _Users(msgspec.Struct):
    users: list[OperatedUser]


class _Instruments(msgspec.Struct):
    instruments: list[OperatedInstrument]


class _Acts(msgspec.Struct):
    acts: list[Act]


class _Proposals(msgspec.Struct):
    proposals: list[Proposal]


class _Withdrawals(msgspec.Struct):
    withdrawals: list[OperatedWithdrawal]


class Operator:
    """An operator's calls; support sees, an admin acts."""

    def __init__(self, client: Calls) -> None:
        self._client = client

    async def act(self, method: str, path: str, code: str | None = None, **said: Any) -> Act:
        """Have something done below ``/admin``; what is None is not said.

        Raises:
            SecondFactorRequired: again with a ``code``.
            Refused: no; what was begun is in the log.
        """
        headers = shown(code)
        return await self._client.call(method, f"/admin{path}", Act, body=said, headers=headers)

    async def users(
        self,
        email: str | None = None,
        *,
        role: str | None = None,
        status: str | None = None,
        limit: int | None = None,
        after: int | None = None,
    ) -> list[OperatedUser]:
        """Return logins by number, above ``after``; ``email``: a part of it."""
        query = {"email": email, "role": role, "status": status, "limit": limit, "after": after}
        return (await self._client.call("GET", "/admin/users", _Users, query=query)).users

    async def instruments(self) -> list[OperatedInstrument]:
        """Return all instruments with what is set of them."""
        found = await self._client.call("GET", "/admin/instruments", _Instruments)
        return found.instruments

    async def acts(self, subject: str | None = None, limit: int | None = None) -> list[Act]:
        """Return what operators did, newest first; ``subject``: "instrument:BTC-USDT", "user"."""
        query = {"subject": subject, "limit": limit}
        return (await self._client.call("GET", "/admin/acts", _Acts, query=query)).acts

    async def create_asset(self, asset: str, scale: int = 8, **said: Any) -> Act:
        """List an asset with so many decimals."""
        return await self.act("POST", "/assets", asset=asset, scale=scale, **said)

    async def create_instrument(
        self, symbol: str, *, tick_size: str, lot_size: str, **said: Any
    ) -> Act:
        """List BASE-QUOTE. ``said``: maker_fee_ppm, taker_fee_ppm, status, reason …"""
        terms = {"symbol": symbol, "tick_size": tick_size, "lot_size": lot_size}
        return await self.act("POST", "/instruments", **terms, **said)

    async def set_instrument_status(self, symbol: str, status: str, reason: str = "") -> Act:
        """Move an instrument now: trading, auction, cancel_only, halt or closed."""
        path = f"/instruments/{symbol}/status"
        return await self.act("PUT", path, status=status, reason=reason)

    async def set_venue_status(self, status: str, reason: str = "") -> Act:
        """The kill switch: open or halted."""
        return await self.act("PUT", "/venue/status", status=status, reason=reason)

    async def set_user_status(
        self, user_id: int, status: str, reason: str = "", code: str | None = None
    ) -> Act:
        """Say what a login and its accounts may do: active, cancel_only, suspended or closed."""
        path = f"/users/{user_id}/status"
        return await self.act("PUT", path, code, status=status, reason=reason)

    async def set_role(self, user_id: int, role: str, code: str, reason: str = "") -> Act:
        """Give a role other than admin, for which see ``propose_administrator``."""
        return await self.act("PUT", f"/users/{user_id}/role", code, role=role, reason=reason)

    async def set_account_status(self, account_id: int, status: str, reason: str = "") -> Act:
        """Say what one account may do."""
        path = f"/accounts/{account_id}/status"
        return await self.act("PUT", path, status=status, reason=reason)

    async def set_fee_tier(self, account_id: int, tier: int, reason: str = "") -> Act:
        """Put an account into a fee tier; 0 pays each instrument's own fees."""
        path = f"/accounts/{account_id}/fee-tier"
        return await self.act("PUT", path, tier=tier, reason=reason)

    async def withdrawals(self, state: str = "open") -> list[OperatedWithdrawal]:
        """Return everybody's withdrawals, newest first."""
        path, query = "/admin/withdrawals", {"state": state}
        return (await self._client.call("GET", path, _Withdrawals, query=query)).withdrawals

    async def decide_withdrawal(
        self, withdrawal_id: int, decision: str, code: str, note: str = ""
    ) -> Act:
        """Approve or void one, or say what was paid by hand: approve, void, paid, failed."""
        path = f"/withdrawals/{withdrawal_id}/decisions"
        return await self.act("POST", path, code, decision=decision, note=note)

    async def propose_adjustment(
        self,
        from_account_id: int,
        to_account_id: int,
        asset: str,
        amount: str,
        *,
        reason: str,
        code: str,
    ) -> Act:
        """Ask for money to be moved by hand; ``after`` has the proposal's number."""
        accounts = {"from_account_id": from_account_id, "to_account_id": to_account_id}
        money = {"asset": asset, "amount": amount}
        return await self.act("POST", "/adjustments", code, **accounts, **money, reason=reason)

    async def propose_trade_bust(self, symbol: str, trade_id: int, reason: str, code: str) -> Act:
        """Ask for a trade to be undone."""
        trade = {"symbol": symbol, "trade_id": trade_id}
        return await self.act("POST", "/trade-busts", code, **trade, reason=reason)

    async def propose_administrator(self, user_id: int, reason: str, code: str) -> Act:
        """Ask for another administrator."""
        return await self.act("POST", "/administrators", code, user_id=user_id, reason=reason)

    async def proposals(self, state: str | None = None) -> list[Proposal]:
        """Return what operators ask of each other, newest first."""
        query = {"state": state}
        found = await self._client.call("GET", "/admin/proposals", _Proposals, query=query)
        return found.proposals

    async def decide_proposal(self, proposal_id: int, decision: str, code: str) -> Act:
        """Agree to what another asked for, or not: approve or reject."""
        path = f"/proposals/{proposal_id}/decisions"
        return await self.act("POST", path, code, decision=decision)
