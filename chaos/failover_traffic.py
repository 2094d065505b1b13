"""Orders without a pause while engines are killed, and what was heard of each."""

import asyncio
import time
from itertools import count
from typing import Final

from domain.client_order_ids import pack_client_order_id
from domain.commands import (
    Command,
    CreateAsset,
    CreateInstrument,
    Deposit,
    NewOrder,
    OpenAccount,
    SetTradingStatus,
)
from domain.events import Outcome, OutcomeResult
from domain.orders import Side, TradingStatus
from transport.engine_client import EngineClient, FateUnknown, NotSent

BASE, QUOTE, INSTRUMENT = 1, 2, 1
ACCOUNTS: Final = (11, 12)
WORKERS: Final = 16
TIMEOUT_S: Final = 5.0
RETRY_S: Final = 0.02
VALID_UNTIL_NS: Final = 1 << 62
_FUNDS_ATOMS: Final = 10**15

OPENING: Final[list[Command]] = [
    CreateAsset(asset_id=BASE, scale=8, name=b"BASE"),
    CreateAsset(asset_id=QUOTE, scale=8, name=b"QUOTE"),
    CreateInstrument(
        instrument_id=INSTRUMENT,
        symbol=b"BASE-QUOTE",
        base_asset_id=BASE,
        quote_asset_id=QUOTE,
        quote_atoms_per_tick_lot=10,
        base_atoms_per_lot=1_000,
        maker_fee_ppm=500,
        taker_fee_ppm=1_000,
        band_bps=500,
    ),
    SetTradingStatus(instrument_id=INSTRUMENT, trading_status=TradingStatus.TRADING),
    *(OpenAccount(account_id=account, group_id=account) for account in ACCOUNTS),
    Deposit(
        account_id=ACCOUNTS[0],
        asset_id=QUOTE,
        amount_atoms=_FUNDS_ATOMS,
        source_id=1,
        source_seq=1,
    ),
    Deposit(
        account_id=ACCOUNTS[1],
        asset_id=BASE,
        amount_atoms=_FUNDS_ATOMS,
        source_id=1,
        source_seq=2,
    ),
]


def order(number: int) -> NewOrder:
    """Return order ``number``: a buy and a sell in turn, of which nearly all meet."""
    return NewOrder(
        account_id=ACCOUNTS[number % 2],
        instrument_id=INSTRUMENT,
        side=Side.SELL if number % 2 else Side.BUY,
        price_ticks=10_000,
        qty_lots=1,
        valid_until_ns=VALID_UNTIL_NS,
        client_order_id=pack_client_order_id(f"failover-{number}"),
    )


class Traffic:
    """``answered``: what each order was acknowledged with; ``answered_ns``: when, in order."""

    def __init__(self, client: EngineClient) -> None:
        self.answered: dict[int, Outcome] = {}
        self.answered_ns: list[int] = []
        self.contradicted: list[str] = []
        self.tried_again = 0
        self._client = client
        self._numbers = count()
        self._stopping = False
        self._workers: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()

    def start(self) -> None:
        """Send from now on."""
        self._workers = [asyncio.create_task(self._work()) for _ in range(WORKERS)]

    async def stop(self) -> None:
        """Send nothing new, and return when the fate of everything sent is known."""
        self._stopping = True
        await asyncio.gather(*self._workers)

    async def more(self, answers: int, within_s: float) -> None:
        """Return after ``answers`` more.

        Raises:
            TimeoutError: they did not come.
        """
        wanted = len(self.answered_ns) + answers
        async with asyncio.timeout(within_s):
            while len(self.answered_ns) < wanted:
                self._news.clear()
                await self._news.wait()

    def longest_silence_ms(self, since_ns: int) -> int:
        """Return the longest time between two answers, from the last before ``since_ns`` on."""
        before = [at for at in self.answered_ns if at <= since_ns][-1:]
        times = before + [at for at in self.answered_ns if at > since_ns]
        gaps = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
        return max(gaps, default=0) // 1_000_000

    async def _work(self) -> None:
        while not self._stopping:
            number = next(self._numbers)
            while not await self._answered(number):
                self.tried_again += 1
                await asyncio.sleep(RETRY_S)

    async def _answered(self, number: int) -> bool:
        try:
            outcome = await self._client.submit(order(number), timeout_s=TIMEOUT_S)
        except (NotSent, FateUnknown):
            return False
        if outcome.result is OutcomeResult.REJECTED:
            self.contradicted.append(f"order {number} was refused: {outcome.reason.name}")
        self.answered[number] = outcome
        self.answered_ns.append(time.monotonic_ns())
        self._news.set()
        return True
