"""Drops trades and one-second candles that are older than the operator keeps them."""

import asyncio
import time
from typing import Final

import structlog
from asyncpg import InterfaceError, PostgresError

from domain.units import NS_PER_S
from market_data.candles_repository import CandlesRepository, MonthlyTable
from market_data.rolling import WINDOW_S

EVERY_S: Final = 3_600
_DAY_S: Final = 86_400

_log = structlog.get_logger()


class Retention:
    """What is kept for how many days; 0 is for ever. What a ticker needs is always kept."""

    def __init__(
        self, repository: CandlesRepository, *, trades_kept_days: int, seconds_kept_days: int
    ) -> None:
        kept: dict[MonthlyTable, int] = {
            "md_trade": trades_kept_days,
            "md_candle_1s": seconds_kept_days,
        }
        self._repository = repository
        self._kept_s = {table: max(days * _DAY_S, WINDOW_S) for table, days in kept.items() if days}

    async def run(self) -> None:
        """Drop what is too old, every hour, for as long as the process lives."""
        while True:
            try:
                await self.drop_old(time.time_ns())
            except (PostgresError, InterfaceError, OSError) as error:
                _log.warning("nothing dropped", error=str(error), retry_s=EVERY_S)
            await asyncio.sleep(EVERY_S)

    async def drop_old(self, now_ns: int) -> list[str]:
        """Drop the months that are too old at ``now_ns``; return the names of their tables."""
        dropped: list[str] = []
        for table, kept_s in self._kept_s.items():
            dropped += await self._repository.drop_months(table, now_ns - kept_s * NS_PER_S)
        if dropped:
            _log.info("dropped what is older than is kept", tables=dropped)
        return dropped
