"""Calls to accounts: users and keys, the faucet, and the history beyond the projection."""

from typing import Final

from msgspec import Struct

from gateway.calls.identity_client import IdentityClient
from gateway.calls.liability_rows import LiabilityProofRow, PublicationRow, PublicationRows
from gateway.calls.statement_rows import BalanceHistoryRow, BalanceHistoryRows, StatementRow
from gateway.calls.sub_account_rows import (
    CopiedAccounts,
    OwnAccountRow,
    OwnAccountRows,
    TransferRow,
    TransferRows,
    UserCopyRow,
    UserCopyRows,
)
from gateway.calls.wallet_rows import (
    AddressRow,
    AddressRows,
    DepositRow,
    DepositRows,
    WalletTermsRow,
    WithdrawalRow,
    WithdrawalRows,
)
from gateway.state.snapshot import OrderListState, OrderState, Snapshot
from service.calls import Answer

SNAPSHOT_TIMEOUT_S: Final = 60.0
FAUCET_TIMEOUT_S: Final = 5.0
WITHDRAWAL_TIMEOUT_S: Final = 8.0
"""Longer than accounts waits for the engine, and then for the ledger."""


HISTORY_TIMEOUT_S: Final = 15.0
STATEMENT_TIMEOUT_S: Final = 45.0
"""Longer than accounts reads for one."""


class Deposited(Struct):
    """What the faucet did; the balance in atoms after event ``event_seq``."""

    source_seq: int
    event_seq: int
    available_atoms: int
    held_atoms: int


class FillState(Struct):
    """One order's side of a trade; ``liquidity`` and ``side`` by number, ``list_id`` 0 unless the
    order is a leg.
    """

    trade_id: int
    order_id: int
    instrument_id: int
    side: int
    price_ticks: int
    qty_lots: int
    fee_atoms: int
    liquidity: int
    ts_ns: int
    seq: int
    list_id: int


class OrderWithFills(Struct):
    """An order of the history, with its fills."""

    order: OrderState
    fills: list[FillState]


class LedgerRow(Struct):
    """One posting of an account; ``before`` asks for what is older than it."""

    asset_id: int
    amount_atoms: int
    balance_after_atoms: int
    counterpart: str
    counterpart_account_id: int | None
    code: str
    ref: str
    before: str
    ts_ns: int
    seq: int


class _Orders(Struct):
    orders: list[OrderState]


class _Fills(Struct):
    fills: list[FillState]


class _Ledger(Struct):
    transfers: list[LedgerRow]


class AccountsClient(IdentityClient):
    """Every failure is an ApiError: accounts' own refusal, or 503 while it cannot be reached."""

    async def snapshot(self) -> Snapshot:
        """Return the exchange's state at the ledger's cursor."""
        return await self._call("GET", "/internal/snapshot", Snapshot, timeout_s=SNAPSHOT_TIMEOUT_S)

    async def faucet(self, account_id: int, asset: str, amount_atoms: int) -> Deposited:
        """Deposit demo funds."""
        body = {"account_id": account_id, "asset": asset, "amount_atoms": amount_atoms}
        return await self._call(
            "POST", "/internal/faucet", Deposited, body=body, timeout_s=FAUCET_TIMEOUT_S
        )

    async def orders(self, account_id: int, query: dict[str, str | int]) -> list[OrderState]:
        """Return orders of the history, newest first."""
        path = f"/internal/accounts/{account_id}/orders"
        return (await self._call("GET", path, _Orders, query=query)).orders

    async def order(self, account_id: int, order_id: int) -> OrderWithFills:
        """Return one order of the history; ApiError 404 if it is not there or not the account's."""
        path = f"/internal/accounts/{account_id}/orders/{order_id}"
        return await self._call("GET", path, OrderWithFills)

    async def order_list(self, account_id: int, list_id: int) -> OrderListState:
        """Return one list of the history; ApiError 404 if it is not there or not the account's."""
        path = f"/internal/accounts/{account_id}/order-lists/{list_id}"
        return await self._call("GET", path, OrderListState)

    async def order_list_by_client_id(
        self, account_id: int, client_order_id: str, min_seq: int
    ) -> OrderListState:
        """Return one list by the id its client chose; ApiError 404 as ``order_list``."""
        path = f"/internal/accounts/{account_id}/order-lists"
        query: dict[str, str | int] = {"client_order_id": client_order_id, "min_seq": min_seq}
        return await self._call("GET", path, OrderListState, query=query)

    async def fills(self, account_id: int, query: dict[str, str | int]) -> list[FillState]:
        """Return fills of the history, newest first."""
        path = f"/internal/accounts/{account_id}/fills"
        return (await self._call("GET", path, _Fills, query=query)).fills

    async def ledger(self, account_id: int, query: dict[str, str | int]) -> list[LedgerRow]:
        """Return postings, newest first."""
        path = f"/internal/accounts/{account_id}/ledger"
        return (await self._call("GET", path, _Ledger, query=query)).transfers

    async def request_withdrawal(
        self, account_id: int, asset: str, amount_atoms: int, address: str, idempotency_key: str
    ) -> WithdrawalRow:
        """Begin a withdrawal, or return the one that was begun under the same key."""
        body = {
            "account_id": account_id,
            "asset": asset,
            "amount_atoms": amount_atoms,
            "address": address,
            "idempotency_key": idempotency_key,
        }
        path = "/internal/withdrawals"
        return await self._call(
            "POST", path, WithdrawalRow, body=body, timeout_s=WITHDRAWAL_TIMEOUT_S
        )

    async def withdrawals(
        self, account_id: int, query: dict[str, str | int]
    ) -> list[WithdrawalRow]:
        """Return withdrawals, newest first."""
        path = f"/internal/accounts/{account_id}/withdrawals"
        return (await self._call("GET", path, WithdrawalRows, query=query)).withdrawals

    async def withdrawal(self, account_id: int, withdrawal_id: int) -> WithdrawalRow:
        """Return one withdrawal; ApiError 404 if it is not there or not the account's."""
        path = f"/internal/accounts/{account_id}/withdrawals/{withdrawal_id}"
        return await self._call("GET", path, WithdrawalRow)

    async def cancel_withdrawal(self, account_id: int, withdrawal_id: int) -> WithdrawalRow:
        """Give a withdrawal back that has not gone yet; ApiError as ``withdrawal``, or 409."""
        path = f"/internal/accounts/{account_id}/withdrawals/{withdrawal_id}"
        return await self._call("DELETE", path, WithdrawalRow, timeout_s=WITHDRAWAL_TIMEOUT_S)

    async def wallet_terms(self, account_id: int) -> WalletTermsRow:
        """Return how money comes and goes, and what may still leave today."""
        path = f"/internal/accounts/{account_id}/wallet-terms"
        return await self._call("GET", path, WalletTermsRow)

    async def deposits(self, account_id: int, query: dict[str, str | int]) -> list[DepositRow]:
        """Return deposits, newest first."""
        path = f"/internal/accounts/{account_id}/deposits"
        return (await self._call("GET", path, DepositRows, query=query)).deposits

    async def withdrawal_addresses(self, account_id: int) -> list[AddressRow]:
        """Return where an account's money may go."""
        path = f"/internal/accounts/{account_id}/withdrawal-addresses"
        return (await self._call("GET", path, AddressRows)).addresses

    async def add_withdrawal_address(
        self, account_id: int, asset: str, address: str, label: str
    ) -> AddressRow:
        """Let an account's money go to an address."""
        path = f"/internal/accounts/{account_id}/withdrawal-addresses"
        body = {"asset": asset, "address": address, "label": label}
        return await self._call("POST", path, AddressRow, body=body)

    async def delete_withdrawal_address(self, account_id: int, asset: str, address: str) -> None:
        """Take an address off the list; ApiError 404 if it is not on it."""
        path = f"/internal/accounts/{account_id}/withdrawal-addresses"
        query: dict[str, str | int] = {"asset": asset, "address": address}
        await self._call("DELETE", path, type(None), query=query)

    async def copied_accounts(self, api_key: str) -> list[int]:
        """Return the other accounts whose fills a key sees."""
        path = f"/internal/drop-copies/{api_key}"
        return (await self._call("GET", path, CopiedAccounts)).account_ids

    async def copies_for_user(self, user_id: int) -> list[UserCopyRow]:
        """Return what a login's keys see of others' accounts, and others' keys of its own."""
        path = f"/internal/users/{user_id}/drop-copies"
        return (await self._call("GET", path, UserCopyRows)).copies

    async def own_accounts(self, user_id: int) -> list[OwnAccountRow]:
        """Return the accounts of a login, the main one first."""
        path = f"/internal/users/{user_id}/accounts"
        return (await self._call("GET", path, OwnAccountRows)).accounts

    async def create_sub_account(self, user_id: int, name: str) -> OwnAccountRow:
        """Make a further account of a login."""
        path = f"/internal/users/{user_id}/accounts"
        return await self._call("POST", path, OwnAccountRow, body={"name": name})

    async def rename_sub_account(self, user_id: int, account_id: int, name: str) -> OwnAccountRow:
        """Give a sub-account another name; ApiError 404 if the login has none of that number."""
        path = f"/internal/users/{user_id}/accounts/{account_id}"
        return await self._call("PUT", path, OwnAccountRow, body={"name": name})

    async def close_sub_account(self, user_id: int, account_id: int) -> None:
        """Close an empty sub-account; ApiError 404 as ``rename_sub_account``."""
        path = f"/internal/users/{user_id}/accounts/{account_id}"
        await self._call("DELETE", path, type(None))

    async def transfer(
        self,
        user_id: int,
        pair: tuple[int, int],
        asset: str,
        amount_atoms: int,
        idempotency_key: str,
    ) -> TransferRow:
        """Move money from the first to the second of a login's accounts, once under a key."""
        body = {
            "user_id": user_id,
            "from_account_id": pair[0],
            "to_account_id": pair[1],
            "asset": asset,
            "amount_atoms": amount_atoms,
            "idempotency_key": idempotency_key,
        }
        path = "/internal/transfers"
        return await self._call(
            "POST", path, TransferRow, body=body, timeout_s=WITHDRAWAL_TIMEOUT_S
        )

    async def transfers(self, account_id: int, query: dict[str, str | int]) -> list[TransferRow]:
        """Return what moved to and from an account, newest first."""
        path = f"/internal/accounts/{account_id}/transfers"
        return (await self._call("GET", path, TransferRows, query=query)).transfers

    async def liabilities(self) -> list[PublicationRow]:
        """Return what was said to be owed, newest first."""
        return (await self._call("GET", "/internal/liabilities", PublicationRows)).publications

    async def liability_proof(
        self, account_id: int, query: dict[str, str | int]
    ) -> LiabilityProofRow:
        """Return an account's part of a publication; ApiError 404 if there is none."""
        path = f"/internal/accounts/{account_id}/liabilities"
        return await self._call("GET", path, LiabilityProofRow, query=query)

    async def history(
        self, account_id: int, kind: str, page_type: type[Answer], query: dict[str, str | int]
    ) -> Answer:
        """Return a page of an account's history of a kind."""
        path = f"/internal/accounts/{account_id}/history/{kind}"
        return await self._call("GET", path, page_type, query=query, timeout_s=HISTORY_TIMEOUT_S)

    async def statement(self, account_id: int, query: dict[str, str | int]) -> StatementRow:
        """Return what happened to an account in a period."""
        path = f"/internal/accounts/{account_id}/statement"
        return await self._call(
            "GET", path, StatementRow, query=query, timeout_s=STATEMENT_TIMEOUT_S
        )

    async def balance_history(
        self, account_id: int, query: dict[str, str | int]
    ) -> list[BalanceHistoryRow]:
        """Return how an account's balances changed, step by step."""
        path = f"/internal/accounts/{account_id}/balance-history"
        found = await self._call(
            "GET", path, BalanceHistoryRows, query=query, timeout_s=STATEMENT_TIMEOUT_S
        )
        return found.assets
