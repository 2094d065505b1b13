"""Every operation of the OpenAPI document, by everybody who may not: nothing is told, nothing
happens, and "not yours" is answered as "not there".

The matrix is made of the document and of what Alice's own lists show her, so that an operation that
comes later is in it from the first day.
"""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from tests.integration.gateway.venue import Venue
from tests.security.callers import API, Answer, Caller, signed_up
from tests.security.operations import UNSAFE, Operation, example, operations

NEVER = {"integer": 9_007_199_254_740_881, "string": "never-was-here"}
"""Names nobody has."""
OWNED = {"order_id", "list_id", "client_order_id", "api_key", "withdrawal_id"}
"""What of Alice's the matrix must have found to mean anything."""
NOT_HERS = {"symbol", "asset", "name", "seq", "ts_ns", "code", "role", "status", "label"}
TERMS = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "qty": "0.01", "price": "100.00"}
ADDRESS = {"asset": "USDT", "address": "alices-own-address"}


@dataclass
class People:
    """Who takes part, and what Alice's answers told her of herself."""

    alice: Caller
    bob: Caller
    nobody: Caller
    reader: Caller
    trader: Caller
    operations: list[Operation]
    hers: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
async def people(venue: Venue) -> AsyncIterator[People]:
    async with aiohttp.ClientSession() as http:
        url, run = venue.gateway_url, id(http)
        nobody = Caller(http, url)
        alice = await signed_up(http, url, f"alice-{run}@example.com")
        bob = await signed_up(http, url, f"bob-{run}@example.com")
        document = (await nobody.call("GET", "/openapi.json")).json
        found = People(
            alice,
            bob,
            nobody,
            await bob.key("read"),
            await bob.key("read", "trade"),
            list(operations(document, API)),
        )
        await _have_everything(alice)
        found.hers = await _owned(alice, found.operations)
        assert found.hers.keys() >= OWNED, OWNED - found.hers.keys()
        yield found


async def _have_everything(alice: Caller) -> None:
    """Give Alice one of everything that she can have."""
    await alice.call("POST", "/faucet", {"asset": "USDT", "amount": "10000"})
    await alice.call("POST", "/orders", TERMS | {"client_order_id": "alices-order"})
    legs = [
        {"type": "take_profit_limit", "price": "90.00", "trigger_price": "95.00"},
        {"type": "limit", "price": "80.00"},
    ]
    terms = {"symbol": "BTC-USDT", "side": "buy", "qty": "0.1", "legs": legs}
    listed = await alice.call("POST", "/order-lists", terms | {"client_order_id": "alices-list"})
    assert listed.status == 201, listed
    await alice.key("read")
    await alice.call("POST", "/withdrawal-addresses", ADDRESS)
    key = {"Idempotency_Key": "alices-withdrawal"}
    taken = await alice.call("POST", "/withdrawals", ADDRESS | {"amount": "10"}, **key)
    assert taken.status == 201, taken


async def _owned(alice: Caller, known: list[Operation]) -> dict[str, Any]:
    """Return what every list of Alice's calls her things, by the field's name."""
    hers: dict[str, Any] = {}
    for operation in known:
        is_hers = operation.access in ("read", "login", "trade")
        if operation.method == "GET" and not operation.names and is_hers:
            answer = await alice.call("GET", operation.url({}))
            if answer.text.startswith(("{", "[")):
                for name, value in _named(answer.json):
                    hers.setdefault(name, value)
    return hers


def _named(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for each in value:
            yield from _named(each)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str | int) and inner and name not in NOT_HERS:
                yield name, inner
            yield from _named(inner)


async def attempt(caller: Caller, operation: Operation, told: dict[str, Any]) -> Answer:
    body = None if operation.body is None else example(operation.body, told)
    headers = {name.replace("-", "_"): "an-attempt" for name in operation.headers}
    return await caller.call(operation.method, operation.url(told), body, **headers)


def never(operation: Operation) -> dict[str, Any]:
    """Return names for the path that nobody has."""
    return {
        name: NEVER["integer" if name.endswith("_id") and "client" not in name else "string"]
        for name in operation.names
    }


async def test_nobody_is_let_in_without_a_name(people: People) -> None:
    forged = Caller(people.bob.http, people.bob.url, token=people.bob.token[:-4] + "AAAA")
    expired_key = Caller(people.bob.http, people.bob.url, api_key="ob" + "0" * 32, secret="x")
    for operation in people.operations:
        if operation.access == "public":
            continue
        told = never(operation) | {
            name: people.hers[name] for name in operation.names if name in people.hers
        }
        for caller in (people.nobody, forged, expired_key):
            answer = await attempt(caller, operation, told)
            assert (answer.status, answer.json["code"]) == (401, "UNAUTHENTICATED"), operation.name


async def test_a_key_does_no_more_than_it_may(people: People) -> None:
    beyond = {"trade": (people.reader,), "read": ()}
    for operation in people.operations:
        if operation.access in ("public",):
            continue
        for key in beyond.get(operation.access, (people.reader, people.trader)):
            answer = await attempt(key, operation, never(operation))
            assert answer.status == 403, (operation.name, answer)


async def test_a_user_is_no_operator(people: People) -> None:
    for operation in people.operations:
        if operation.access in ("public", "read", "trade", "login"):
            continue
        answer = await attempt(people.bob, operation, never(operation))
        assert answer.status == 403, (operation.name, answer)


async def test_not_yours_is_answered_as_not_there(people: People) -> None:
    before = await _everything(people.alice, people.operations)
    tried = set()
    for operation in people.operations:
        named = [name for name in operation.names if name in people.hers]
        if not named or operation.access not in ("read", "trade", "login"):
            continue
        hers = never(operation) | {name: people.hers[name] for name in named}
        for caller in (people.bob, people.trader):
            not_yours = await attempt(caller, operation, hers)
            not_there = await attempt(caller, operation, never(operation))
            assert not_yours.status in (403, 404), (operation.name, not_yours)
            assert not_yours == not_there, operation.name
        tried.add(operation.name)
    assert tried >= {"GET /orders/{order_id}", "DELETE /api-keys/{api_key}"}
    assert await _everything(people.alice, people.operations) == before


async def test_what_the_body_names_must_be_ones_own(people: People) -> None:
    before = await _everything(people.alice, people.operations)
    ids = {name: value for name, value in people.hers.items() if name.endswith("_id")}
    for operation in people.operations:
        fields = set() if operation.body is None else operation.body.get("properties", {}).keys()
        fields |= {each["name"] for each in operation.query}
        hers = {name: ids[name] for name in fields & (ids.keys() - {"client_order_id"})}
        if hers and operation.method in UNSAFE:
            await attempt(people.bob, operation, never(operation) | hers)
    assert await _everything(people.alice, people.operations) == before


async def test_nothing_of_hers_is_in_what_others_read(people: People) -> None:
    secrets = {str(people.hers[name]) for name in ("email", "api_key", "address")}
    for operation in people.operations:
        if operation.method != "GET":
            continue
        told = never(operation) | {
            name: people.hers[name] for name in operation.names if name in people.hers
        }
        for caller in (people.bob, people.trader, people.reader, people.nobody):
            text = (await attempt(caller, operation, told)).text
            if not operation.names:
                assert not {secret for secret in secrets if secret in text}, operation.name
            assert str(people.hers["client_order_id"]) not in text, operation.name


async def _everything(alice: Caller, known: list[Operation]) -> dict[str, Any]:
    """Return what Alice owns, without what time alone changes."""
    seen = {}
    for operation in known:
        own = operation.access in ("read", "login") and operation.method == "GET"
        if own and not operation.names:
            answer = await alice.call("GET", operation.url({}))
            shown = answer.json if answer.text.startswith(("{", "[")) else answer.text
            if isinstance(shown, dict):
                shown.pop("seq", None)
            seen[operation.path] = json.dumps(shown, sort_keys=True)
    return seen
