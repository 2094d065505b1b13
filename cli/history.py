"""A new exchange's past: the bots' strategies trade on the real core, in fast time, and what they
entered is journaled as an engine would have.

So the first page that anybody opens shows a market, not an empty grid. None of it is drawn: the
services read these events as they read all others, and every unit of it is accounted for.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from backtest.participants import Participant, trade
from backtest.venue import Venue
from cli.engine_access import terms_of
from cli.seed import ASSETS, INSTRUMENTS
from domain.commands import (
    CancelAll,
    Command,
    CreateAsset,
    CreateInstrument,
    Deposit,
    OpenAccount,
    SetTradingStatus,
)
from domain.events import OutcomeResult
from domain.orders import TradingStatus
from domain.units import NS_PER_S
from engine_core import core_name, load_core
from engine_service.data_files import DiskDirectory
from engine_service.journal import Journal
from engine_service.rolling_hash import load_rolling_hash
from engine_service.sequencer import entries_of
from schemas.layouts import COMMAND_BYTES
from trading_bot.strategies import STRATEGIES, Setting
from transport.server_session import Execute, OpenSession

PAUSES: Final = 20
"""A strategy looks this many times less often than live, for orders so many times as large: a
history is read by the minute.
"""
LEVELS: Final = 2
SOURCE_ID: Final = 2**32 - 2
"""Of the deposits: no other source has this number."""
_SEED: Final = 20_260_301
_SESSION_ID: Final = 1
_ACCOUNTS: Final = {"market_maker": 990, "noise_taker": 991}
_FUNDS: Final = {"BTC": "2000", "ETH": "30000", "USDT": "100000000"}
_HOUR_NS: Final = 3_600 * NS_PER_S
_OPENING_S: Final = 60
"""The venue opens this long before the first look."""


def make_history(
    directory: Path,
    now_ns: int,
    hours: int,
    start_prices: dict[str, str],
    progress: Callable[[str], None] = lambda text: None,
) -> int:
    """Write the journal of the last ``hours`` into an empty directory, all of it or nothing; return
    how many commands it has.

    ``start_prices``: decimal price each symbol begins at.
    """
    end_ns = now_ns - NS_PER_S
    start_ns = end_ns - hours * _HOUR_NS
    unfinished = directory.with_name(directory.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    with _journaled(unfinished) as (venue, count):
        _execute(venue, [*_opening(), *_accounts()], start_ns - _OPENING_S * NS_PER_S)
        progress(f"trading through the last {hours} hours")
        for _ in trade(venue, list(_participants(start_ns, start_prices)), start_ns, end_ns):
            pass
        _execute(venue, [CancelAll(account_id=one) for one in _ACCOUNTS.values()], end_ns)
    unfinished.rename(directory)
    return count()


@contextmanager
def _journaled(directory: Path) -> Iterator[tuple[Venue, Callable[[], int]]]:
    """A venue on a new core, whose commands are journaled as one session's; durable at the end."""
    pure_python = core_name() == "reference"
    core, rolling_hash = load_core()(), load_rolling_hash(pure_python)()
    files = DiskDirectory(directory)
    journal = Journal(files, sync_enabled=False)
    entered, events = 0, 0

    def write(actions: list[Execute | OpenSession], ts_ns: int) -> None:
        journal.write(
            entries_of(actions),
            log_ts_ns=ts_ns,
            first_event_seq=events + 1,
            events_hash=rolling_hash.digest(),
        )
        journal.flush()

    def note(commands: bytes, ts_ns: int, made: bytes) -> None:
        nonlocal entered, events
        if not entered:
            write([OpenSession(_SESSION_ID, _SEED, 0)], ts_ns)
        write([Execute(_SESSION_ID, entered + 1, commands)], ts_ns)
        entered += len(commands) // COMMAND_BYTES
        events = core.next_event_seq - 1
        rolling_hash.update(made)

    try:
        assert not list(journal.replay())
        journal.start()
        yield Venue(core, note), lambda: entered
        for number in range(1, journal.segments.count() + 1):
            segment = journal.segments.open(number)
            segment.sync()
            segment.close()
        files.sync()
    finally:
        journal.close()
        files.close()


def _execute(venue: Venue, commands: list[Command], ts_ns: int) -> None:
    for command, outcome in zip(commands, venue.execute(commands, ts_ns), strict=True):
        assert outcome.result is OutcomeResult.DONE, (command, outcome)


def _opening() -> Iterator[Command]:
    for asset in ASSETS:
        yield CreateAsset(asset_id=asset.asset_id, scale=asset.scale, name=asset.name.encode())
    for instrument in INSTRUMENTS:
        yield CreateInstrument(**terms_of(instrument))
        yield SetTradingStatus(
            instrument_id=instrument.instrument_id, trading_status=TradingStatus.TRADING
        )


def _accounts() -> Iterator[Command]:
    deposits = 0
    for account_id in _ACCOUNTS.values():
        yield OpenAccount(account_id=account_id, group_id=account_id)
        for asset in ASSETS:
            deposits += 1
            yield Deposit(
                account_id=account_id,
                asset_id=asset.asset_id,
                amount_atoms=asset.atoms(_FUNDS[asset.name]),
                source_id=SOURCE_ID,
                source_seq=deposits,
            )


def _participants(start_ns: int, start_prices: dict[str, str]) -> Iterator[Participant]:
    for instrument in INSTRUMENTS:
        for name, account_id in _ACCOUNTS.items():
            setting = Setting(
                instrument=instrument,
                start_ticks=instrument.price_ticks(start_prices.get(instrument.symbol, "100")),
                base_atoms=instrument.base.atoms(_FUNDS[instrument.base.name]),
                now_ns=start_ns,
                draws=random.Random(f"{_SEED}:{name}:{instrument.symbol}"),
            )
            strategy = STRATEGIES[name].make(setting)
            yield Participant(account_id, instrument, strategy, PAUSES, LEVELS, size=PAUSES)
