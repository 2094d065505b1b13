"""Calls to accounts for operators. Amounts and times come as the text that is shown."""

from typing import Any, Final

from msgspec import Struct

from gateway.access.auth import Principal
from gateway.calls.accounts_calls import AccountsCalls
from gateway.calls.wallet_rows import StepRow
from gateway.types import admin as api
from gateway.types.proposals import Proposal, Proposals

ACT_TIMEOUT_S: Final = 30.0
"""Longer than accounts waits for the engine, and then for the ledger."""
FIGURES_TIMEOUT_S: Final = 30.0
Query = dict[str, str | int]


class Operator(Struct):
    """Whose role it is, as accounts has it now."""

    user_id: int
    email: str
    role: str


class WithdrawalRow(Struct, kw_only=True):
    """A withdrawal of anybody's, in atoms."""

    withdrawal_id: int
    account_id: int
    asset: str
    amount_atoms: int
    posted_atoms: int
    address: str
    rail: str
    state: str
    reference: str
    created_ts_ns: int
    steps: list[StepRow] = []


class RuleRow(Struct):
    """What may leave of an asset, in atoms."""

    asset: str
    day_max_atoms: int
    approve_above_atoms: int
    is_default: bool


class _Withdrawals(Struct):
    withdrawals: list[WithdrawalRow]


class _Rules(Struct):
    rules: list[RuleRow]


class _Stopped(Struct):
    user_ids: list[int]


class AdminClient(AccountsCalls):
    """What operators ask of accounts."""

    async def operator(self, user_id: int) -> Operator:
        """Return an operator with the role that is theirs now; ApiError 403 if it is none."""
        return await self._call("GET", f"/internal/admin/operators/{user_id}", Operator)

    async def stopped_users(self) -> list[int]:
        """Return who was stopped and may still have an access token."""
        return (await self._call("GET", "/internal/stopped-users", _Stopped)).user_ids

    async def carry_out(self, who: Principal, ip: str, reason: str, act: dict[str, Any]) -> api.Act:
        """Have something done; return what was written down of it."""
        body = {
            "act": act,
            "user_id": who.user_id,
            "name": who.email or "?",
            "ip": ip,
            "reason": reason,
        }
        path = "/internal/admin/acts"
        return await self._call("POST", path, api.Act, body=body, timeout_s=ACT_TIMEOUT_S)

    async def acts(self, query: Query) -> list[api.Act]:
        """Return what operators did, newest first."""
        return (await self._call("GET", "/internal/admin/acts", api.Acts, query=query)).acts

    async def users(self, query: Query) -> list[api.OperatedUser]:
        """Return users, by number."""
        path = "/internal/admin/users"
        return (await self._call("GET", path, api.OperatedUsers, query=query)).users

    async def user(self, user_id: int) -> api.UserDetail:
        """Return one user; ApiError 404 if it is not there."""
        return await self._call("GET", f"/internal/admin/users/{user_id}", api.UserDetail)

    async def accounts_with_terms(self, query: Query) -> list[api.AccountTerms]:
        """Return accounts of which something is set, by number."""
        path = "/internal/admin/accounts"
        return (await self._call("GET", path, api.AccountsWithTerms, query=query)).accounts

    async def instruments(self) -> api.OperatedInstruments:
        """Return all instruments."""
        return await self._call("GET", "/internal/admin/instruments", api.OperatedInstruments)

    async def versions(self, symbol: str, query: Query) -> list[api.InstrumentVersion]:
        """Return what an instrument was, newest first."""
        path = f"/internal/admin/instruments/{symbol}/versions"
        return (await self._call("GET", path, api.InstrumentVersions, query=query)).versions

    async def assets(self) -> api.ListedAssets:
        """Return all assets."""
        return await self._call("GET", "/internal/admin/assets", api.ListedAssets)

    async def proposals(self, query: Query) -> list[Proposal]:
        """Return what operators ask of each other, newest first."""
        path = "/internal/admin/proposals"
        return (await self._call("GET", path, Proposals, query=query)).proposals

    async def volumes(self, since_ns: int) -> api.Volumes:
        """Return what was traded since then."""
        query: Query = {"since_ns": since_ns}
        path = "/internal/admin/volumes"
        return await self._call("GET", path, api.Volumes, query=query, timeout_s=FIGURES_TIMEOUT_S)

    async def open_interest(self) -> api.OpenInterest:
        """Return what waits in the books."""
        path = "/internal/admin/open-interest"
        return await self._call("GET", path, api.OpenInterest, timeout_s=FIGURES_TIMEOUT_S)

    async def top_accounts(self, query: Query) -> api.TopAccounts:
        """Return the largest accounts."""
        path = "/internal/admin/top-accounts"
        return await self._call(
            "GET", path, api.TopAccounts, query=query, timeout_s=FIGURES_TIMEOUT_S
        )

    async def reconciliation(self) -> api.Reconciliation:
        """Return whether the books agree."""
        return await self._call("GET", "/internal/admin/reconciliation", api.Reconciliation)

    async def settled_seq(self) -> int:
        """Return the last event that the book of record has."""
        return (await self._call("GET", "/internal/cursor", dict[str, int]))["cursor"]

    async def withdrawals(self, query: Query) -> list[WithdrawalRow]:
        """Return everybody's withdrawals, newest first."""
        path = "/internal/withdrawals"
        return (await self._call("GET", path, _Withdrawals, query=query)).withdrawals

    async def withdrawal(self, withdrawal_id: int) -> WithdrawalRow:
        """Return one; ApiError 404 if it is not there."""
        return await self._call("GET", f"/internal/withdrawals/{withdrawal_id}", WithdrawalRow)

    async def withdrawal_rules(self) -> list[RuleRow]:
        """Return what may leave, of every asset."""
        return (await self._call("GET", "/internal/withdrawal-rules", _Rules)).rules
