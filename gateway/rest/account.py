"""What an account owns and did: balances, fills, ledger; demo funds."""

from typing import Any, Final

from domain.instruments import Asset, InvalidDecimal
from domain.reasons import RejectReason
from domain.units import SUPPLY_ATOMS_MAX
from gateway.calls.accounts_client import LedgerRow
from gateway.errors import ApiError, refused
from gateway.orders import presenters
from gateway.rest.route import Access, Call, Route
from gateway.state.projection import Projection
from gateway.types import trading as api

DEPOSIT_SHOWN_WITHIN_S: Final = 2.0
FAUCET_AMOUNTS: Final = {"BTC": "1", "ETH": "10", "USDT": "10000"}
FAUCET_AMOUNT: Final = "100"
"""What the faucet gives when no amount is asked for: of a known asset, of any other."""


async def balances(call: Call) -> api.Balances:
    """Show all balances."""
    projection = await call.services.feed.fresh()
    account = projection.account(call.account_id)
    return api.Balances(balances=presenters.balances(projection, account), seq=projection.seq)


async def fills(call: Call) -> api.Fills:
    """List fills."""
    return api.Fills(fills=await call.services.lookup.fills(call.account_id, call.query))


async def ledger(call: Call) -> api.Ledger:
    """List the postings of the book of record."""
    query: api.LedgerQuery = call.query
    projection = await call.services.feed.fresh()
    # The book of record follows the stream: ask for it with all that this account has seen here.
    min_seq = projection.account(call.account_id).balances_seq
    asked: dict[str, str | int] = {"limit": query.limit, "min_seq": min_seq}
    if query.asset is not None:
        asked["asset"] = known_asset(projection, query.asset).name
    if query.before is not None:
        asked["before"] = query.before
    rows = await call.services.accounts.ledger(call.account_id, asked)
    entries = [ledger_entry(projection, row) for row in rows]
    full = len(rows) == query.limit
    return api.Ledger(entries=entries, cursor=rows[-1].before if full else None)


def ledger_entry(projection: Projection, row: LedgerRow) -> api.LedgerEntry:
    """Present one posting."""
    asset = projection.assets[row.asset_id]
    return api.LedgerEntry(
        asset=asset.name,
        amount=asset.text(row.amount_atoms),
        balance=asset.text(row.balance_after_atoms),
        code=row.code,
        counterpart=_named(row.counterpart),
        counterpart_account_id=row.counterpart_account_id,
        ref=row.ref,
        ts_ns=str(row.ts_ns),
        seq=row.seq,
    )


def _named(name: str) -> Any:
    return name.lower()


async def faucet(call: Call) -> api.FaucetAnswer:
    """Deposit demo funds; the answer comes when every read shows them."""
    body: api.FaucetRequest = call.body
    asset = known_asset(call.services.feed.present(), body.asset)
    usual = FAUCET_AMOUNTS.get(asset.name, FAUCET_AMOUNT)
    given_atoms = amount_atoms(asset, usual if body.amount is None else body.amount)
    done = await call.services.accounts.faucet(call.account_id, asset.name, given_atoms)
    await call.services.feed.reached(done.event_seq, DEPOSIT_SHOWN_WITHIN_S)
    return api.FaucetAnswer(
        asset=asset.name,
        available=asset.text(done.available_atoms),
        held=asset.text(done.held_atoms),
    )


def known_asset(projection: Projection, name: str) -> Asset:
    """Return an asset.

    Raises:
        ApiError: there is none of that name.
    """
    for asset in projection.assets.values():
        if asset.name == name:
            return asset
    raise refused(RejectReason.UNKNOWN_ASSET)


def amount_atoms(asset: Asset, text: str) -> int:
    """Return decimal ``text`` in atoms, more than none of them.

    Raises:
        ApiError: it is not exact, or outside its bounds.
    """
    try:
        atoms = asset.atoms(text)
    except InvalidDecimal as error:
        raise ApiError(422, RejectReason.INVALID_AMOUNT.name, str(error)) from error
    if not 0 < atoms <= SUPPLY_ATOMS_MAX:
        raise ApiError(422, RejectReason.INVALID_AMOUNT.name, "the amount is outside its bounds")
    return atoms


_TAG: Final = "Account"
ROUTES: Final = (
    Route(
        method="GET",
        path="/balances",
        handler=balances,
        tag=_TAG,
        summary="Show my balances",
        answer=api.Balances,
        access=Access.READ,
    ),
    Route(
        method="GET",
        path="/fills",
        weight=5,
        handler=fills,
        tag=_TAG,
        summary="List my fills, newest first",
        query=api.FillListQuery,
        answer=api.Fills,
        access=Access.READ,
        is_copied=True,
    ),
    Route(
        method="GET",
        path="/ledger",
        weight=5,
        handler=ledger,
        tag=_TAG,
        summary="List the postings of my account, newest first",
        query=api.LedgerQuery,
        answer=api.Ledger,
        access=Access.READ,
    ),
    Route(
        method="POST",
        path="/faucet",
        handler=faucet,
        tag=_TAG,
        summary="Get demo funds (demo mode only)",
        body=api.FaucetRequest,
        answer=api.FaucetAnswer,
        access=Access.TRADE,
    ),
)
