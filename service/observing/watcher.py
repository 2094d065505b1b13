"""Reads the metrics of an exchange's processes again and again into a history."""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

import aiohttp
from prometheus_client import CollectorRegistry

from service.observing.history import History
from service.observing.samples import Reading, read_metrics, read_text
from service.observing.series import SAMPLES

ASK_TIMEOUT_S: Final = 2.0
_QUERY: Final = [("name[]", name) for name in SAMPLES]


class Watcher:
    """``urls``: where each process's health and metrics are, by name. ``own``: this process's
    metrics, by the name it is to have.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        urls: Mapping[str, str],
        history: History,
        own: Mapping[str, CollectorRegistry] | None = None,
    ) -> None:
        self._http = http
        self._urls = urls
        self._own = own or {}
        self.history = history

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self.history.interval_s)

    async def look(self) -> None:
        """Look once."""
        answers = await asyncio.gather(*map(self._ask, self._urls.values()))
        readings = dict(zip(self._urls, answers, strict=True))
        for name, registry in self._own.items():
            values = read_metrics(registry.restricted_registry(SAMPLES).collect())
            readings[name] = Reading(time.time_ns(), values)
        self.history.take(readings, time.time_ns())

    async def _ask(self, url: str) -> Reading:
        timeout = aiohttp.ClientTimeout(total=ASK_TIMEOUT_S)
        try:
            async with self._http.get(f"{url}/metrics", params=_QUERY, timeout=timeout) as response:
                response.raise_for_status()
                text = await response.text()
                return Reading(time.time_ns(), read_text(text))
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return Reading(time.time_ns(), None)
