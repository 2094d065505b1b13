"""What the gateway counts."""

from prometheus_client import REGISTRY, Counter, Gauge, Histogram

from service.metrics import LATENCY_S_BUCKETS, StageSeconds

REST_SECONDS = Histogram(
    "openbell_gateway_rest_seconds", "Time of one request", ["route"], buckets=LATENCY_S_BUCKETS
)
ORDER_SECONDS = Histogram(
    "openbell_gateway_order_seconds",
    "From an order command taken in to its effects in the projection",
    buckets=LATENCY_S_BUCKETS,
)
ORDER_STAGES = StageSeconds(
    "openbell_gateway_order_stage_seconds",
    "Stages of a request that had a command executed, in the order they follow each other",
    ("entry", "engine", "projection", "answer"),
)
"""Taken in until sent; until its outcome; until its effects are in the projection; until the answer
is made.
"""
REGISTRY.register(ORDER_STAGES)
REQUESTS = Counter("openbell_gateway_requests", "Requests answered", ["status"])
ERRORS = Counter("openbell_gateway_errors", "Answers other than the one asked for", ["code"])
EVENT_LAG_SECONDS = Histogram(
    "openbell_gateway_event_lag_seconds",
    "From the engine's time of an event to its effect in the projection",
    buckets=LATENCY_S_BUCKETS,
)
SOCKETS = Gauge("openbell_gateway_sockets", "Open WebSockets")
MESSAGES_SENT = Counter("openbell_gateway_messages_sent", "WebSocket messages queued to readers")
SLOW_READERS = Counter("openbell_gateway_slow_readers", "WebSockets closed because they lagged")
CONNECTIONS_CLOSED = Counter(
    "openbell_gateway_connections_closed", "Connections closed by a bound", ["why"]
)
EVENT_SEQ = Gauge("openbell_gateway_event_seq", "Last event applied")
BOOK_CHANNELS = Gauge("openbell_gateway_book_channels", "Different channels of books being read")
