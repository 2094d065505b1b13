"""A new exchange's past: the bots' strategies trade on the real core, in fast time, and what they
entered is journaled as an engine would have.

So the first page that anybody opens shows a market, not an empty grid. None of it is drawn: the
services read these events as they read all others, and every unit of it is accounted for.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from backtest.session import Session
from backtest.simulated_market import (
    Bank,
    Resident,
    execute,
    opening,
    resident_trader,
    usual_funds,
)
from backtest.venue import Venue
from cli.running.seed import INSTRUMENTS
from domain.commands import CancelAll
from domain.units import NS_PER_S
from engine_core import core_name, load_core
from engine_service.data_files import DiskDirectory
from engine_service.journal import Journal
from engine_service.rolling_hash import load_rolling_hash
from engine_service.sequencer import entries_of
from schemas.layouts import COMMAND_BYTES
from transport.server_session import Execute, OpenSession

_SEED: Final = 20_260_301
_SESSION_ID: Final = 1
_ACCOUNTS: Final = {"market_maker": 990, "noise_taker": 991}
_PARAMETERS: Final = {
    "market_maker": {"levels": "2", "notional": "50000", "pause_ms": "8000"},
    "noise_taker": {
        "rate": "0.035",
        "decay": "0.075",
        "notional": "7000",
        "notional_max": "160000",
    },
}
"""They look twenty times less often than live, for orders twenty times as large: a history is read
by the minute.
"""
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
        opened_ns = start_ns - _OPENING_S * NS_PER_S
        execute(venue, list(opening(INSTRUMENTS)), opened_ns)
        bank = Bank(venue)
        for account_id in _ACCOUNTS.values():
            bank.fund(account_id, usual_funds(INSTRUMENTS), opened_ns)
        progress(f"trading through the last {hours} hours")
        traders = [
            resident_trader(
                Resident(name, instrument.symbol, _PARAMETERS[name]),
                instrument,
                account_id,
                start_ns,
                _SEED,
                start_prices.get(instrument.symbol, "100"),
            )
            for instrument in INSTRUMENTS
            for name, account_id in _ACCOUNTS.items()
        ]
        for _ in Session(venue, traders).run(start_ns, end_ns):
            pass
        execute(venue, [CancelAll(account_id=one) for one in _ACCOUNTS.values()], end_ns)
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
