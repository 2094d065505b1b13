"""One order, one trace: what gateway, engine and accounts make of it without telling each other."""

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from accounts.settling.order_traces import SettledOrders
from gateway.orders.order_entry import OrderEntry
from service.config import ServiceConfig
from service.order_traces import PPM, OrderTrace, OrderTraces, open_traces
from tests.integration.gateway.rig import ALICE, BOB, Rig


def traces(service: str, exporter: InMemorySpanExporter, sampled_ppm: int = PPM) -> OrderTraces:
    return OrderTraces(service, SimpleSpanProcessor(exporter), sampled_ppm)


def trace_at(rig: Rig, of_gateway: OrderTraces) -> None:
    entry = OrderEntry(rig.engine, rig.feed, rig.services.clock, of_gateway)
    object.__setattr__(rig.services, "entry", entry)


def settle_all(rig: Rig, of_engine: OrderTraces, of_ledger: OrderTraces) -> None:
    settled = SettledOrders(of_engine, of_ledger)
    settled.heard(1, rig.engine.exchange.log)
    settled.settled(rig.engine.exchange.last_seq)


def service_of(span: ReadableSpan) -> str:
    return str(span.resource.attributes["service.name"])


async def test_an_order_is_one_trace_in_three_services(rig: Rig) -> None:
    exporter = InMemorySpanExporter()
    trace_at(rig, traces("gateway", exporter))
    order = await rig.place(ALICE, client_order_id="followed")
    settle_all(rig, traces("engine", exporter), traces("accounts", exporter))
    of_order = [
        span
        for span in exporter.get_finished_spans()
        if (span.attributes or {})["order_id"] == order["order_id"]
    ]
    assert {(service_of(span), span.name) for span in of_order} == {
        ("gateway", "order"),
        ("gateway", "entry"),
        ("gateway", "engine"),
        ("gateway", "projection"),
        ("gateway", "answer"),
        ("engine", "journal"),
        ("accounts", "settle"),
    }
    assert len({span.context.trace_id for span in of_order if span.context}) == 1
    [root] = [span for span in of_order if span.parent is None]
    assert root.name == "order" and root.context is not None
    assert {span.parent.span_id for span in of_order if span.parent} == {root.context.span_id}
    assert (root.attributes or {})["client_order_id"] == "followed"


async def test_stages_follow_each_other_and_fill_the_order(rig: Rig) -> None:
    exporter = InMemorySpanExporter()
    trace_at(rig, traces("gateway", exporter))
    await rig.place(ALICE)
    spans = {span.name: span for span in exporter.get_finished_spans()}
    root, stages = spans.pop("order"), list(spans.values())
    assert [span.name for span in stages] == ["entry", "engine", "projection", "answer"]
    ends = [root.start_time, *(span.end_time for span in stages)]
    assert [span.start_time for span in stages] == ends[:-1]
    assert ends[-1] == root.end_time


async def test_orders_of_two_accounts_are_two_traces(rig: Rig) -> None:
    exporter = InMemorySpanExporter()
    trace_at(rig, traces("gateway", exporter))
    await rig.place(ALICE, client_order_id="same")
    await rig.place(BOB, client_order_id="same", side="sell", price="70000.00")
    roots = [span for span in exporter.get_finished_spans() if span.parent is None]
    assert len({root.context.trace_id for root in roots if root.context}) == 2


async def test_an_order_that_is_not_sampled_leaves_no_span_anywhere(rig: Rig) -> None:
    exporter = InMemorySpanExporter()
    trace_at(rig, traces("gateway", exporter, 0))
    await rig.place(ALICE)
    settle_all(rig, traces("engine", exporter, 0), traces("accounts", exporter, 0))
    assert exporter.get_finished_spans() == ()


async def test_a_refused_order_has_no_trace(rig: Rig) -> None:
    exporter = InMemorySpanExporter()
    trace_at(rig, traces("gateway", exporter))
    order = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "64000.00"}
    status, _ = await rig.call("POST", "/orders", account_id=ALICE, body=order | {"qty": "1000000"})
    assert status == 422
    assert exporter.get_finished_spans() == ()


def test_as_many_are_sampled_as_asked_for() -> None:
    orders = [OrderTrace.of(1_000, number.to_bytes(28, "big")) for number in range(20_000)]
    assert 150 < sum(order.is_sampled(10_000) for order in orders) < 250
    assert not any(order.is_sampled(0) for order in orders)
    assert all(order.is_sampled(PPM) for order in orders)
    assert len({order.trace_id for order in orders}) == len(orders)


def test_it_is_off_unless_an_endpoint_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_traces("gateway", ServiceConfig()) is None
    monkeypatch.setenv("OPENBELL_TRACING_ENDPOINT", "http://127.0.0.1:9")
    opened = open_traces("gateway", ServiceConfig())
    assert opened is not None
    opened.close()
