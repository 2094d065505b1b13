"""The exchange's own candles, continued into the past by imported ones where its user said so."""

import asyncpg

from domain.intervals import Interval
from market_data.candles import Candle
from market_data.candles_repository import CandlesRepository
from market_data.imports_repository import ImportsRepository


class CandleHistory(CandlesRepository):
    """What is shown: no candle is made of both, and from the first own one on there are only own
    ones.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self._imports = ImportsRepository(pool)

    async def candles(
        self,
        instrument_id: int,
        interval: Interval,
        start_ns: int | None,
        end_ns: int,
        limit: int,
    ) -> list[Candle]:
        """As the repository's own, imported ones before them."""
        own = await super().candles(instrument_id, interval, start_ns, end_ns, limit)
        room = limit if start_ns is not None else limit - len(own)
        earlier = await self._imports.before_own(instrument_id, interval, start_ns, end_ns, room)
        return (earlier + own)[:limit]
