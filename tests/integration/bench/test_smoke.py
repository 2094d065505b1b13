"""Every benchmark, small: it runs as a user runs it, checks its results and prints its figures.
No figure is judged: only that it is there.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
NAMED = {
    "backtest": """
        backtest.recorded_events_per_s backtest.slow_events_per_s backtest.simulated_events_per_s
        backtest.events backtest.fills
    """,
    "book": """
        book.workload_mops book.deep_mops book.p50_ns book.p99_ns book.p999_ns book.batch_mops
        book.single_mops book.reference_workload_mops book.reference_deep_mops
    """,
    "bots": """
        bots.reaction_p50_ms bots.reaction_p99_ms
    """,
    "candles": """
        candles.trades_per_s candles.copy_ratio candles.took_s candles.count
    """,
    "compat": """
        compat.fill_p50_ms compat.fill_p99_ms compat.order_p50_ms compat.order_p99_ms
        compat.order_test_p50_ms compat.ping_p50_ms
    """,
    "core": """
        core.workload_mops core.deep_mops core.accounts_100k_mops core.batch_mops
        core.reference_mops
    """,
    "live": """
        live.candle_p50_ms live.candle_p99_ms live.ticker_p50_ms live.ticker_p99_ms
        live.order_p50_ms
    """,
    "fanout": """
        fanout.readers fanout.p50_ms fanout.p99_ms fanout.gateway_cpu_percent
        fanout.idle_readers fanout.gateway_idle_bytes
    """,
    "gateway": """
        gateway.rest_per_s gateway.ws_per_s gateway.rtt_p50_ms gateway.rtt_p99_ms
        gateway.crowd_p99_ms gateway.crowd_p99_ratio gateway.idle_rss_mib gateway.stalled_rss_mib
    """,
    "imports": """
        imports.itch_per_s imports.lobster_per_s imports.itch_reference_per_s
        imports.lobster_reference_per_s imports.binance_per_s imports.commands_per_s
        imports.engine_commands_per_s imports.through_engine_per_s imports.through_core_per_s
    """,
    "latency": """
        latency.p50_ns latency.p99_ns latency.p999_ns latency.max_ns latency.p999_over_p50
    """,
    "log": """
        log.local_batch_kps log.jetstream_small_p50_ms log.jetstream_batch_p99_ms
        log.jetstream_batch_kps log.jetstream_shards_kps log.postgres_batch_kps
    """,
    "login": """
        login.welch_t login.code_welch_t login.known_p50_ms login.unknown_p50_ms login.samples
    """,
    "memory": """
        memory.bytes_per_order memory.bytes_per_key memory.bytes_per_order_10k memory.add_10k_ns
        memory.cancel_10k_ns memory.match_10k_ns
    """,
    "replay": """
        replay.mcps replay.singles_mcps replay.restart_s replay.commands_per_record
        replay.cold_restart_s replay.snapshot_s replay.state_bytes replay.load_s replay.save_s
    """,
    "settle": """
        settle.fills_per_s settle.copy_ratio settle.lag_p50_ms settle.lag_p99_ms
    """,
    "udp": """
        udp.single_kps udp.single_p99_us udp.batched_mps udp.durable_mps udp.durable_rtt_p50_us
        udp.busy_poll_p99_us
    """,
}


@pytest.mark.parametrize("name", sorted(NAMED))
@pytest.mark.timeout(120)
def test_a_quick_run_prints_its_figures_and_where_they_are_from(name: str) -> None:
    command = [sys.executable, "-m", "bench", name, "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.keys() == {"figures", "yardsticks", "context"}
    assert set(NAMED[name].split()) <= found["figures"].keys()
    numbers = [*found["figures"].values(), *found["yardsticks"].values()]
    assert all(isinstance(number, int | float) for number in numbers)
    assert all(number > 0 for number in found["yardsticks"].values())
    assert found["context"]["commit"] and found["context"]["cpu"] and found["context"]["twin"]
    assert done.stderr.startswith("· ")
