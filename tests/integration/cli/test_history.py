"""A new exchange's past is a journal like any other, and nothing of it is left open."""

import time
from pathlib import Path

import pytest

from cli.running.history import make_history
from domain.events import Trade
from domain.units import FEE_ACCOUNT_ID, NS_PER_S
from engine_core import load_core
from engine_service.data_files import DiskDirectory
from engine_service.journal import Journal
from engine_service.journal_record import RecordKind
from engine_service.journal_replay import replay_directory
from schemas.codec import decode_events
from schemas.errors import WireError

PRICES = {"BTC-USDT": "64000", "ETH-USDT": "3400"}
HOUR_NS = 3_600 * NS_PER_S


def test_two_hours_of_trading_replay_as_an_engine_wrote_them(tmp_path: Path) -> None:
    directory = tmp_path / "engine"
    directory.mkdir()
    now_ns, said = time.time_ns(), list[str]()
    count = make_history(directory, now_ns, 2, PRICES, said.append)
    assert said == ["trading through the last 2 hours"]

    core, trades, times = load_core()(), list[Trade](), list[int]()
    files = DiskDirectory(directory)
    journal = Journal(files)
    try:
        for record in journal.replay():
            if record.entry.kind is RecordKind.COMMANDS:
                events, _ = core.apply(record.entry.payload, record.log_ts_ns)
                trades += (e for e in decode_events(events) if isinstance(e, Trade))
                times.append(record.log_ts_ns)
    finally:
        journal.close()
        files.close()
    replayed = replay_directory(directory)
    assert (replayed.commands, replayed.state_hash) == (count, core.state_hash())

    assert now_ns - 3 * HOUR_NS < times[0] < times[-1] < now_ns
    for instrument_id in (1, 2):
        minutes = {t.ts_ns // (60 * NS_PER_S) for t in trades if t.instrument_id == instrument_id}
        assert len(minutes) > 80  # of 120: a candle for most of them
        quarters = {minute // 15 for minute in minutes}
        assert len(quarters) >= 8  # and nowhere does it stop
    assert core.orders() == []
    held = [row for row in core.balances() if row[3]]
    assert held == [] and any(row[0] == FEE_ACCOUNT_ID for row in core.balances())


def test_a_history_that_was_interrupted_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "engine"
    directory.mkdir()

    def stop(text: str) -> None:
        raise WireError(text)

    with pytest.raises(WireError):
        make_history(directory, time.time_ns(), 1, PRICES, stop)
    assert list(directory.iterdir()) == []
    make_history(directory, time.time_ns(), 1, PRICES)
    assert any(directory.iterdir()) and not directory.with_name("engine.new").exists()
