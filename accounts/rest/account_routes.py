"""An account's balances, orders, fills and ledger; the snapshot and the cursor."""

from typing import Final

from aiohttp import web

from accounts.database import Connection
from accounts.errors import Refusal, RefusalCode
from accounts.identity.users_repository import account_exists
from accounts.rest.exchange import answer, checked_int, path_int, query_int
from accounts.rest.messages import BalanceAnswer, FillAnswer, OrderAnswer, TransferAnswer
from accounts.rest.services import SERVICES, Services
from accounts.rest.snapshot import list_answer, order_answer, snapshot, venue
from accounts.settling.ledger import Counterpart, TransferCode, counterpart_of
from accounts.settling.ledger_history_repository import (
    LEG_MAX,
    AccountTransfer,
    Fill,
    account_balances,
    account_fills,
    account_transfers,
    trade_event_seq,
)
from accounts.settling.order_history import OrderListRecord
from accounts.settling.orders_repository import (
    account_list,
    account_list_by_client_id,
    account_order,
    account_orders,
)
from accounts.settling.venue_repository import (
    asset_by_name,
    instrument_by_symbol,
    instruments_by_id,
)
from domain.client_order_ids import InvalidClientOrderId, pack_client_order_id
from domain.units import JSON_ID_MAX

LIMIT_DEFAULT: Final = 100
LIMIT_MAX: Final = 1_000
SETTLED_TIMEOUT_S: Final = 2
_IS_OPEN: Final = {"open": True, "closed": False, "all": None}


def add_account_routes(app: web.Application) -> None:
    """Serve this module's paths from ``app``."""
    app.router.add_get("/internal/cursor", _cursor)
    app.router.add_get("/internal/snapshot", _snapshot)
    app.router.add_get("/internal/venue", _venue)
    of_account = "/internal/accounts/{account_id}"
    app.router.add_get(f"{of_account}/balances", _balances)
    app.router.add_get(f"{of_account}/orders", _orders)
    app.router.add_get(f"{of_account}/orders/{{order_id}}", _order)
    app.router.add_get(f"{of_account}/order-lists", _order_list_by_client_id)
    app.router.add_get(f"{of_account}/order-lists/{{list_id}}", _order_list)
    app.router.add_get(f"{of_account}/fills", _fills)
    app.router.add_get(f"{of_account}/ledger", _ledger)


async def _cursor(request: web.Request) -> web.Response:
    return answer({"cursor": request.app[SERVICES].position.seq})


async def _snapshot(request: web.Request) -> web.Response:
    async with request.app[SERVICES].pool.acquire() as connection:
        return answer(await snapshot(connection))


async def _venue(request: web.Request) -> web.Response:
    async with request.app[SERVICES].pool.acquire() as connection:
        return answer(await venue(connection))


async def _balances(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    account_id = path_int(request, "account_id")
    cursor = await settled(request, services)
    async with services.pool.acquire() as connection:
        await known_account(connection, account_id)
        balances = [
            BalanceAnswer(one.asset_id, one.asset, one.available_atoms, one.held_atoms)
            for one in await account_balances(connection, account_id)
        ]
    return answer({"balances": balances, "cursor": cursor})


async def _orders(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    account_id = path_int(request, "account_id")
    status = request.query.get("status", "all")
    if status not in _IS_OPEN:
        raise Refusal(RefusalCode.INVALID_REQUEST, "status: open, closed or all")
    cursor = await settled(request, services)
    async with services.pool.acquire() as connection:
        await known_account(connection, account_id)
        orders = await account_orders(
            connection,
            account_id,
            limit=query_int(request, "limit", LIMIT_DEFAULT, at_most=LIMIT_MAX),
            before_order_id=query_int(request, "before_order_id", JSON_ID_MAX),
            instrument_id=await asked_instrument_id(request, connection),
            is_open=_IS_OPEN[status],
            client_order_id=_client_order_id(request),
        )
        ids = sorted({order.instrument_id for order in orders})
        listed = await instruments_by_id(connection, ids)
    answers = [order_answer(order, listed[order.instrument_id].symbol) for order in orders]
    return answer({"orders": answers, "cursor": cursor})


async def _order(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    account_id, order_id = path_int(request, "account_id"), path_int(request, "order_id")
    await settled(request, services)
    async with services.pool.acquire() as connection:
        order = await account_order(connection, account_id, order_id)
        if order is None:
            raise Refusal(RefusalCode.NOT_FOUND, "no such order")
        listed = await instruments_by_id(connection, [order.instrument_id])
        fills = await _fill_answers(connection, account_id, order_id=order_id)
    told: OrderAnswer = order_answer(order, listed[order.instrument_id].symbol)
    return answer({"order": told, "fills": fills})


async def _order_list(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    account_id, list_id = path_int(request, "account_id"), path_int(request, "list_id")
    await settled(request, services)
    async with services.pool.acquire() as connection:
        return _list_answer(await account_list(connection, account_id, list_id))


async def _order_list_by_client_id(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    account_id = path_int(request, "account_id")
    client_order_id = _client_order_id(request)
    if client_order_id is None:
        raise Refusal(RefusalCode.INVALID_REQUEST, "client_order_id: is missing")
    await settled(request, services)
    async with services.pool.acquire() as connection:
        return _list_answer(
            await account_list_by_client_id(connection, account_id, client_order_id)
        )


def _list_answer(found: OrderListRecord | None) -> web.Response:
    if found is None:
        raise Refusal(RefusalCode.NOT_FOUND, "no such order list")
    return answer(list_answer(found))


async def _fills(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    account_id = path_int(request, "account_id")
    limit = query_int(request, "limit", LIMIT_DEFAULT, at_most=LIMIT_MAX)
    before_seq = query_int(request, "before_seq", JSON_ID_MAX)
    cursor = await settled(request, services)
    async with services.pool.acquire() as connection:
        await known_account(connection, account_id)
        instrument_id = await asked_instrument_id(request, connection)
        if "before_trade_id" in request.query:
            trade_id = query_int(request, "before_trade_id", None)
            before_seq = await _seq_of_trade(connection, instrument_id, trade_id)
        fills = await _fill_answers(
            connection,
            account_id,
            limit=limit,
            before_seq=before_seq,
            instrument_id=instrument_id,
            order_id=query_int(request, "order_id", 0, at_least=0) or None,
        )
    return answer({"fills": fills, "cursor": cursor})


async def _ledger(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    account_id = path_int(request, "account_id")
    limit = query_int(request, "limit", LIMIT_DEFAULT, at_most=LIMIT_MAX)
    before = ledger_place(request)
    cursor = await settled(request, services)
    async with services.pool.acquire() as connection:
        await known_account(connection, account_id)
        transfers = await account_transfers(
            connection,
            account_id,
            limit=limit,
            before=before,
            asset_id=await asked_asset_id(request, connection),
        )
    return answer({"transfers": [transfer_answer(one) for one in transfers], "cursor": cursor})


async def settled(request: web.Request, services: Services) -> int:
    """Wait until ``min_seq`` of the query is settled; return how far settlement is.

    Raises:
        Refusal: NOT_SETTLED_YET.
    """
    min_seq = query_int(request, "min_seq", 0, at_least=0)
    if not await services.position.reached(min_seq, SETTLED_TIMEOUT_S):
        raise Refusal(
            RefusalCode.NOT_SETTLED_YET,
            f"settled up to event {services.position.seq}, asked for {min_seq}",
            retry_after_s=1,
        )
    return services.position.seq


async def known_account(connection: Connection, account_id: int) -> None:
    """Return if there is such an account.

    Raises:
        Refusal: UNKNOWN_ACCOUNT.
    """
    if not await account_exists(connection, account_id):
        raise Refusal(RefusalCode.UNKNOWN_ACCOUNT, f"no account {account_id}")


async def asked_instrument_id(request: web.Request, connection: Connection) -> int | None:
    """Return the instrument that the query names, None if it names none.

    Raises:
        Refusal: UNKNOWN_INSTRUMENT.
    """
    symbol = request.query.get("symbol")
    if symbol is None:
        return None
    instrument_id = await instrument_by_symbol(connection, symbol)
    if instrument_id is None:
        raise Refusal(RefusalCode.UNKNOWN_INSTRUMENT, f"no instrument {symbol!r}")
    return instrument_id


async def asked_asset_id(request: web.Request, connection: Connection) -> int | None:
    """Return the asset that the query names, None if it names none.

    Raises:
        Refusal: UNKNOWN_ASSET.
    """
    name = request.query.get("asset")
    if name is None:
        return None
    asset = await asset_by_name(connection, name)
    if asset is None:
        raise Refusal(RefusalCode.UNKNOWN_ASSET, f"no asset {name!r}")
    return asset.asset_id


async def _seq_of_trade(connection: Connection, instrument_id: int | None, trade_id: int) -> int:
    """Return the event of a trade; trade ids count per instrument, so one must be named."""
    if instrument_id is None:
        raise Refusal(RefusalCode.INVALID_REQUEST, "before_trade_id: needs symbol")
    seq = await trade_event_seq(connection, instrument_id, trade_id)
    if seq is None:
        raise Refusal(RefusalCode.NOT_FOUND, "before_trade_id: no such trade")
    return seq


async def _fill_answers(
    connection: Connection,
    account_id: int,
    *,
    limit: int = LIMIT_MAX,
    before_seq: int = JSON_ID_MAX,
    instrument_id: int | None = None,
    order_id: int | None = None,
) -> list[FillAnswer]:
    fills = await account_fills(
        connection,
        account_id,
        limit=limit,
        before_seq=before_seq,
        instrument_id=instrument_id,
        order_id=order_id,
    )
    return [fill_answer(fill) for fill in fills]


def fill_answer(fill: Fill) -> FillAnswer:
    """Return a stored fill as it is told."""
    return FillAnswer(
        trade_id=fill.trade_id,
        order_id=fill.order_id,
        instrument_id=fill.instrument_id,
        symbol=fill.symbol,
        side=fill.side,
        price_ticks=fill.price_ticks,
        qty_lots=fill.qty_lots,
        quote_atoms=fill.quote_atoms,
        fee_atoms=fill.fee_atoms,
        fee_asset_id=fill.fee_asset_id,
        liquidity=fill.liquidity,
        ts_ns=fill.ts_ns,
        seq=fill.seq,
        list_id=fill.list_id,
    )


def _client_order_id(request: web.Request) -> bytes | None:
    text = request.query.get("client_order_id")
    if text is None:
        return None
    try:
        return pack_client_order_id(text)
    except InvalidClientOrderId as error:
        raise Refusal(RefusalCode.INVALID_REQUEST, str(error)) from None


def ledger_place(request: web.Request) -> tuple[int, int]:
    """Return the place in the ledger that ``before`` names: "EVENT" or "EVENT-LEG"."""
    text = request.query.get("before")
    if text is None:
        return JSON_ID_MAX, LEG_MAX
    seq_text, _, leg_text = text.partition("-")
    seq = checked_int("before", seq_text, at_least=1, at_most=JSON_ID_MAX)
    return seq, checked_int("before", leg_text or "0", at_least=0, at_most=LEG_MAX)


def transfer_answer(one: AccountTransfer) -> TransferAnswer:
    """Return a stored transfer as it is told to one of its accounts."""
    is_trade = one.trade_id is not None
    other = counterpart_of(one.code, one.counterpart_account_id)
    ref = (
        f"trade:{one.instrument_id}:{one.trade_id}"
        if is_trade
        else f"money:{one.source_id}:{one.source_seq}"
    )
    return TransferAnswer(
        seq=one.event_seq,
        leg=one.leg,
        ts_ns=one.ts_ns,
        code=TransferCode(one.code).name,
        asset_id=one.asset_id,
        asset=one.asset,
        amount_atoms=one.amount_atoms,
        balance_after_atoms=one.balance_after_atoms,
        counterpart=other,
        counterpart_account_id=one.counterpart_account_id
        if other is Counterpart.OWN_ACCOUNT
        else None,
        ref=ref,
        before=f"{one.event_seq}-{one.leg}",
    )
