"""Histogram boundaries that every process shares, so that dashboards can add them up."""

LATENCY_S_BUCKETS = (
    0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2,
    5,
)  # fmt: skip
"""Seconds, from 50 µs to 5 s."""
