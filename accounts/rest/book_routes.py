"""Statements of an account, and proofs of what the venue owes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from accounts.books.liabilities_repository import LeafProof, Publication, proofs, publications
from accounts.books.statements_repository import balance_history, statement
from accounts.errors import Refusal, RefusalCode
from accounts.rest.account_routes import known_account, settled
from accounts.rest.book_messages import (
    AssetLiabilityAnswer,
    LeafProofAnswer,
    LiabilityProofAnswer,
    PathStepAnswer,
    PublicationAnswer,
)
from accounts.rest.exchange import answer, path_int, query_int
from accounts.rest.services import SERVICES
from domain.units import NS_PER_S

PUBLICATIONS_MAX: Final = 100
PERIOD_DAYS_MAX: Final = 366
STEPS_MAX: Final = 400
"""Of a history of balances."""
STATEMENTS_AT_ONCE_MAX: Final = 2
"""Each may read for long: logins and money need the database's other connections."""
TURN_TIMEOUT_S: Final = 1
_PERIOD_NS_MAX: Final = PERIOD_DAYS_MAX * 86_400 * NS_PER_S
_STATEMENTS: web.AppKey[asyncio.Semaphore] = web.AppKey("statements", asyncio.Semaphore)


def add_book_routes(app: web.Application) -> None:
    """Serve this module's paths from ``app``."""
    app[_STATEMENTS] = asyncio.Semaphore(STATEMENTS_AT_ONCE_MAX)
    app.router.add_get("/internal/accounts/{account_id}/statement", _statement)
    app.router.add_get("/internal/accounts/{account_id}/balance-history", _balance_history)
    app.router.add_post("/internal/liabilities", _publish)
    app.router.add_get("/internal/liabilities", _liabilities)
    app.router.add_get("/internal/accounts/{account_id}/liabilities", _proof)


async def _statement(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    account_id = path_int(request, "account_id")
    from_ts_ns = query_int(request, "from_ts_ns", None, at_least=0)
    to_ts_ns = query_int(request, "to_ts_ns", None, at_least=0)
    if not 0 < to_ts_ns - from_ts_ns <= _PERIOD_NS_MAX:
        raise Refusal(
            RefusalCode.INVALID_REQUEST, f"a period of at most {PERIOD_DAYS_MAX} days is needed"
        )
    await settled(request, services)
    async with _turn(request), services.pool.acquire() as connection:
        await known_account(connection, account_id)
        found = await statement(connection, account_id, from_ts_ns, to_ts_ns)
    return answer(found)


async def _balance_history(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    account_id = path_int(request, "account_id")
    from_ts_ns = query_int(request, "from_ts_ns", None, at_least=0)
    count = query_int(request, "count", None, at_most=STEPS_MAX)
    step_ns = query_int(request, "step_ns", None, at_most=_PERIOD_NS_MAX // count)
    await settled(request, services)
    async with _turn(request), services.pool.acquire() as connection:
        await known_account(connection, account_id)
        found = await balance_history(connection, account_id, from_ts_ns, step_ns, count)
    return answer({"assets": found})


@asynccontextmanager
async def _turn(request: web.Request) -> AsyncIterator[None]:
    """Be one of the few who read a statement for the length of the block."""
    turns = request.app[_STATEMENTS]
    try:
        async with asyncio.timeout(TURN_TIMEOUT_S):
            await turns.acquire()
    except TimeoutError:
        raise Refusal(RefusalCode.BUSY, "too many statements are being read", 1) from None
    try:
        yield
    finally:
        turns.release()


async def _publish(request: web.Request) -> web.Response:
    return answer(_published(await request.app[SERVICES].liabilities.publish()), 201)


async def _liabilities(request: web.Request) -> web.Response:
    limit = query_int(request, "limit", PUBLICATIONS_MAX, at_most=PUBLICATIONS_MAX)
    async with request.app[SERVICES].pool.acquire() as connection:
        found = await publications(connection, limit)
    return answer({"publications": [_published(one) for one in found]})


async def _proof(request: web.Request) -> web.Response:
    account_id = path_int(request, "account_id")
    wanted = query_int(request, "liability_id", 0, at_least=0, at_most=2**53 - 1) or None
    async with request.app[SERVICES].pool.acquire() as connection:
        await known_account(connection, account_id)
        found = await publications(connection, 1, wanted)
        if not found:
            raise Refusal(RefusalCode.NOT_FOUND, "no such publication")
        leaves = await proofs(connection, found[0], account_id)
    return answer(
        LiabilityProofAnswer(_published(found[0]), account_id, [_leaf(one) for one in leaves])
    )


def _published(one: Publication) -> PublicationAnswer:
    return PublicationAnswer(
        liability_id=one.liability_id,
        event_seq=one.event_seq,
        chain=one.chain.hex(),
        ts_ns=one.ts_ns,
        assets=[
            AssetLiabilityAnswer(each.asset, each.total_atoms, each.leaves, each.root_hash.hex())
            for each in one.assets
        ],
    )


def _leaf(one: LeafProof) -> LeafProofAnswer:
    path = [
        PathStepAnswer(
            "left" if step.is_left else "right", step.node.hash.hex(), step.node.sum_atoms
        )
        for step in one.path
    ]
    return LeafProofAnswer(one.asset, one.amount_atoms, one.salt.hex(), path)
