"""What operators see of a running exchange: series, alerts, and one order through all processes."""

import asyncio
import json
import os
from typing import Any

import aiohttp
import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from client.errors import Refused
from client.rest import OpenbellClient
from service.observing.series import SAMPLES
from tests.integration.gateway.owner import Owner
from tests.integration.gateway.rig import ALICE, Rig
from tests.integration.gateway.test_operators import made
from tests.integration.gateway.venue import Venue

WITHIN_S = 60


async def operator(venue: Venue, client: OpenbellClient, role: str) -> OpenbellClient:
    """A new login of a role."""
    await client.sign_up(f"{role}-{os.urandom(5).hex()}@example.com", "correct horse battery")
    if role != "user":
        await made(venue, (await client.me()).user_id, role)
    return client


async def seen(client: OpenbellClient, **query: Any) -> dict[str, Any]:
    return await client.call("GET", "/admin/metrics", dict[str, Any], query=query or None)


async def place(owner: Owner) -> None:
    order = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "1000", "qty": "0.01"}
    status, answer = await owner.call("POST", "/orders", order)
    assert status == 201, answer


async def samples(http: aiohttp.ClientSession, url: str, **query: str) -> dict[str, float]:
    """The counts of histograms and the values of all else, by name and stage."""
    async with http.get(f"{url}/metrics", params=query) as answer:
        text = await answer.text()
    return {
        sample.name + sample.labels.get("stage", ""): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_bucket")
    }


async def test_an_operator_sees_what_every_process_does(exchange: Venue, owner: Owner) -> None:
    async with OpenbellClient(exchange.gateway_url) as client, asyncio.timeout(WITHIN_S):
        support = await operator(exchange, client, "support")
        while True:
            await place(owner)
            told = await seen(support, minutes=1)
            points = {
                (line["name"], line["process"], line["label"]): line["points"]
                for line in told["series"]
            }
            ordered = points.get(("orders_per_second", "gateway", ""), [])
            settled = points.get(("settlement_lag_seconds", "accounts", "p99"), [])
            if any(ordered) and any(settled):
                break
            await asyncio.sleep(0.5)
    assert all(len(line) == len(told["ts_ns"]) for line in points.values())
    assert told["ts_ns"] == sorted(told["ts_ns"]) and told["interval_s"] == 5
    for process in ("engine", "accounts", "market_data", "gateway"):
        assert points["up", process, ""][-1] == 1
        assert points["resident_bytes", process, ""][-1] > 10**7
    stages = {label.split()[0] for name, _, label in points if name == "order_stage_seconds"}
    assert stages == {"entry", "engine", "projection", "answer"}
    assert points["credits", "gateway", ""][-1] > 0
    assert points["settled_events_behind", "accounts", ""][-1] < 1_000


async def test_customers_do_not_see_it(exchange: Venue) -> None:
    async with OpenbellClient(exchange.gateway_url) as client:
        nobody = await operator(exchange, client, "user")
        with pytest.raises(Refused) as refused:
            await seen(nobody)
    assert refused.value.code == "FORBIDDEN"


async def test_an_order_is_counted_at_every_stage(exchange: Venue, owner: Owner) -> None:
    engine_url = f"http://127.0.0.1:{exchange.ports['engine']}"
    before = await samples(owner.http, engine_url)
    gateway_before = await samples(owner.http, exchange.gateway_url)
    await place(owner)
    after = await samples(owner.http, engine_url)
    gateway_after = await samples(owner.http, exchange.gateway_url)
    for stage in ("journal", "apply", "release", "whole"):
        name = f"openbell_engine_stage_seconds_count{stage}"
        assert after[name] > before[name], stage
        assert after[name] == after["openbell_engine_flush_seconds_count"], stage
    whole = after["openbell_engine_stage_seconds_sumwhole"]
    parts = [
        after[f"openbell_engine_stage_seconds_sum{stage}"]
        for stage in ("journal", "apply", "release")
    ]
    assert 0 < sum(parts) <= whole
    for stage in ("entry", "engine", "projection", "answer"):
        name = f"openbell_gateway_order_stage_seconds_count{stage}"
        assert gateway_after[name] > gateway_before.get(name, 0), stage


async def test_a_refusal_is_counted_by_its_code(exchange: Venue, owner: Owner) -> None:
    order = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "1e", "qty": "1"}
    async with owner.http.get(f"{exchange.gateway_url}/metrics") as answer:
        before = await answer.text()
    status, refused = await owner.call("POST", "/orders", order | {"symbol": "NO-SUCH"})
    assert status >= 400
    async with owner.http.get(f"{exchange.gateway_url}/metrics") as answer:
        after = await answer.text()
    code = refused["error"]["code"]

    def counted(text: str) -> float:
        found = [
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "openbell_gateway_errors_total" and sample.labels["code"] == code
        ]
        return sum(found)

    assert counted(after) == counted(before) + 1


async def test_only_the_asked_metrics_are_told(exchange: Venue, owner: Owner) -> None:
    name = "openbell_gateway_event_seq"
    told = await samples(owner.http, exchange.gateway_url, **{"name[]": name})
    assert told.keys() == {name}
    assert len(SAMPLES) < 60


async def test_a_request_is_followed_by_its_senders_id(exchange: Venue, owner: Owner) -> None:
    url = f"{exchange.gateway_url}/api/v1/time"
    async with owner.http.get(url, headers={"X-Request-Id": "mine-1"}) as answer:
        assert answer.headers["X-Request-Id"] == "mine-1"
    for odd in ("spaced out", "x" * 65, "<script>"):
        async with owner.http.get(url, headers={"X-Request-Id": odd}) as answer:
            assert len(answer.headers["X-Request-Id"]) == 16


async def test_an_order_whose_fate_is_unknown_is_found_in_the_log(rig: Rig) -> None:
    rig.engine.mute = True
    order = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "64000.00"}
    body = order | {"qty": "0.01", "client_order_id": "where-is-it"}
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as logged:
        told = {"X-Request-Id": "asked-by-me"}
        status, _ = await rig.call("POST", "/orders", account_id=ALICE, body=body, headers=told)
    assert status == 202
    [line] = [one for one in logged if one["event"] == "fate_unknown"]
    assert line["request_id"] == "asked-by-me"
    assert (line["account_id"], line["client_order_id"]) == (ALICE, "where-is-it")


async def test_what_processes_log_has_one_form(exchange: Venue) -> None:
    lines = [line for line in exchange.whole_log().splitlines() if line]
    assert lines
    for line in lines[-500:]:
        told = json.loads(line)
        assert {"event", "level", "service", "ts"} <= told.keys(), line
