"""One order as one trace: spans that several processes make of it without telling each other.

Trace and root are named after the order (its account and client order id), so that whoever sees the
order knows both, and knows whether this order is one of those that are sampled. Needs the extra
``tracing``; off unless an endpoint is configured.
"""

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from service.config import ServiceConfig
from service.errors import BadConfiguration
from service.version import VERSION

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

PPM: Final = 1_000_000
ROOT_SPAN: Final = "order"
_LOW_BITS: Final = 2**64 - 1


@dataclass(frozen=True, slots=True)
class OrderTrace:
    """The ids of one order's trace and of its root."""

    trace_id: int
    root_span_id: int

    @classmethod
    def of(cls, account_id: int, client_order_id: bytes) -> "OrderTrace":
        """Return those of an order; ``client_order_id`` as the engine has it."""
        name = account_id.to_bytes(8, "little") + client_order_id
        digest = hashlib.sha256(b"openbell order" + name).digest()
        return cls(int.from_bytes(digest[:16]) or 1, int.from_bytes(digest[16:24]) or 1)

    def is_sampled(self, sampled_ppm: int) -> bool:
        """Whether it is one of so many in a million; the same for every process."""
        return (self.trace_id & _LOW_BITS) * PPM < sampled_ppm << 64


Attributes = Mapping[str, str | int]


class OrderTraces:
    """The spans of one service. Times are Unix nanoseconds, and have been when they come here."""

    def __init__(self, service: str, processor: "SpanProcessor", sampled_ppm: int) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON

        self._ids = _named_ids()
        self._sampled_ppm = sampled_ppm
        resource = Resource.create({"service.name": service, "service.version": VERSION})
        self._provider = TracerProvider(
            resource=resource, id_generator=self._ids, sampler=ALWAYS_ON
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("openbell", VERSION)

    def sampled(self, account_id: int, client_order_id: bytes) -> OrderTrace | None:
        """Return the trace of an order if it is sampled."""
        trace = OrderTrace.of(account_id, client_order_id)
        return trace if trace.is_sampled(self._sampled_ppm) else None

    def root(self, trace: OrderTrace, begun_ns: int, ended_ns: int, told: Attributes) -> None:
        """Make the span that all others of the order are part of."""
        self._ids.named = trace
        span = self._tracer.start_span(ROOT_SPAN, start_time=begun_ns, attributes=dict(told))
        self._ids.named = None
        span.end(ended_ns)

    def part(
        self, trace: OrderTrace, name: str, begun_ns: int, ended_ns: int, told: Attributes
    ) -> None:
        """Make a span below the root."""
        from opentelemetry.context import Context
        from opentelemetry.trace import (
            NonRecordingSpan,
            SpanContext,
            TraceFlags,
            set_span_in_context,
        )

        flags = TraceFlags(TraceFlags.SAMPLED)
        root = SpanContext(trace.trace_id, trace.root_span_id, is_remote=True, trace_flags=flags)
        context = set_span_in_context(NonRecordingSpan(root), Context())
        span = self._tracer.start_span(
            name, context=context, start_time=begun_ns, attributes=dict(told)
        )
        span.end(max(begun_ns, ended_ns))

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def _named_ids() -> Any:
    from opentelemetry.sdk.trace.id_generator import IdGenerator

    class NamedIds(IdGenerator):
        """Random ids, but for a root that is named beforehand."""

        named: OrderTrace | None = None

        def generate_trace_id(self) -> int:
            return self.named.trace_id if self.named else random.getrandbits(128) or 1

        def generate_span_id(self) -> int:
            return self.named.root_span_id if self.named else random.getrandbits(64) or 1

    return NamedIds()


def open_traces(service: str, config: ServiceConfig) -> OrderTraces | None:
    """Return what makes the spans of ``service``, None where no endpoint is configured.

    Raises:
        BadConfiguration: one is, and the extra is not installed.
    """
    if not config.tracing_endpoint:
        return None
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter.otlp") is None:
        raise BadConfiguration(
            "OPENBELL_TRACING_ENDPOINT needs OpenTelemetry: pip install opentelemetry-sdk "
            "opentelemetry-exporter-otlp-proto-http"
        )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(endpoint=f"{config.tracing_endpoint.rstrip('/')}/v1/traces")
    return OrderTraces(service, BatchSpanProcessor(exporter), config.tracing_sampled_ppm)
