"""The process starts in whatever order the machine starts things."""

import asyncio
import json
import os
import signal
import sys
import time

from cli.running.ports import choose_ports
from cli.running.readiness import ask_readyz

START_S = 30.0


async def test_it_waits_for_a_database_that_is_not_there_yet(tmp_path):
    port = choose_ports({"market_data": None}, set())["market_data"]
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://openbell@/openbell?host={tmp_path}",
        "OPENBELL_MARKET_DATA_PORT": str(port),
        "OPENBELL_SERVICE_SECRET": "m" * 40,
        "OPENBELL_ENGINE_KEY": "00" * 32,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "market_data", env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    deadline_s = time.monotonic() + START_S
    while json.loads(await process.stdout.readline())["event"] != "feed_interrupted":
        assert time.monotonic() < deadline_s
    ready = await ask_readyz(port)
    assert not ready.ready and ready.waiting_for == ("postgres",)
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
