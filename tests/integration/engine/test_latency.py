"""The engine says how long its commands take, each counted once, those of a restart not."""

import re

import aiohttp

from tests.integration.engine.venue import OPENING, order
from tests.integration.engine_process import running_engine
from transport.engine_client import EngineClient

ORDERS = 200


async def metrics(engine):
    async with aiohttp.ClientSession() as http, http.get(f"{engine.http_url}/metrics") as response:
        text = await response.text()
    lines = re.findall(r"^openbell_engine_(command_\S+) (\S+)$", text, re.MULTILINE)
    return {name: float(number) for name, number in lines}


def quantile(found, which):
    return found[f'command_quantile_seconds{{quantile="{which}"}}']


async def test_every_command_is_counted_once_and_none_of_a_replay(tmp_path):
    async with running_engine(tmp_path) as engine:
        async with EngineClient.connect(engine.address, engine.master_key, 1) as client:
            await client.submit_many(OPENING)
            await client.submit_many([order(number) for number in range(ORDERS)])
        found = await metrics(engine)
        assert found["command_seconds_count"] == ORDERS + len(OPENING)
        assert found['command_seconds_bucket{le="+Inf"}'] == ORDERS + len(OPENING)
        assert 0 < found["command_seconds_sum"]
        p50, p99, longest = (quantile(found, which) for which in ("0.5", "0.99", "1"))
        assert 0 < p50 <= p99 <= longest <= found["command_seconds_sum"]
    async with running_engine(tmp_path) as engine:
        assert (await metrics(engine))["command_seconds_count"] == 0


async def test_the_reference_counts_none(tmp_path):
    async with running_engine(tmp_path, pure_python=True) as engine:
        assert await metrics(engine) == {}
