"""freqtrade: its data, a dry run, then live trading with its stop on the exchange."""

import hashlib
import hmac
import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

from venue import BASE, KEY, SECRET, WS

PAIR, SYMBOL = "ETH/USDT", "ETHUSDT"
PATIENCE_S = 150
STRATEGY = """
from freqtrade.strategy import IStrategy


class AlwaysIn(IStrategy):
    INTERFACE_VERSION = 3
    timeframe = "1m"
    stoploss = -0.05
    minimal_roi = {"0": 10}
    startup_candle_count = 0
    process_only_new_candles = False
    order_types = {
        "entry": "limit",
        "exit": "limit",
        "stoploss": "limit",
        "stoploss_on_exchange": True,
        "stoploss_on_exchange_interval": 5,
        "stoploss_on_exchange_limit_ratio": 0.99,
    }

    def populate_indicators(self, dataframe, metadata):
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        dataframe["enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        return dataframe
"""


def settings(home: Path, *, dry_run: bool) -> Path:
    ccxt = {
        "enableRateLimit": False,
        "options": {"sandbox": True, "fetchMarkets": {"types": ["spot"]}},
        "urls": {
            "test": {
                "public": BASE + "/api/v3",
                "private": BASE + "/api/v3",
                "v1": BASE + "/api/v1",
                "ws": {"spot": WS + "/stream/ws", "ws-api": {"spot": WS + "/ws-api/v3"}},
            }
        },
    }
    side = {"use_order_book": True, "order_book_top": 1}
    config = {
        "max_open_trades": 1,
        "stake_currency": "USDT",
        "stake_amount": 100,
        "dry_run": dry_run,
        "dry_run_wallet": 1_000,
        "cancel_open_orders_on_exit": True,
        "trading_mode": "spot",
        "unfilledtimeout": {"entry": 10, "exit": 10, "unit": "minutes"},
        "entry_pricing": {"price_side": "other", **side},
        "exit_pricing": {"price_side": "other", **side},
        "exchange": {
            "name": "binance",
            "key": KEY,
            "secret": SECRET,
            "ccxt_config": ccxt,
            "only_from_ccxt": True,
            "pair_whitelist": [PAIR],
        },
        "pairlists": [{"method": "StaticPairList"}],
        "internals": {"process_throttle_secs": 1},
        "initial_state": "running",
    }
    path = home / ("dry.json" if dry_run else "live.json")
    path.write_text(json.dumps(config))
    (home / "strategies").mkdir(exist_ok=True)
    (home / "strategies" / "always_in.py").write_text(STRATEGY)
    return path


def command(home: Path, config: Path, name: str, *more: str) -> list[str]:
    bare = [sys.executable, "-m", "freqtrade", name, "--config", str(config)]
    return [*bare, "--userdir", str(home), *more]


def signed(path: str, **parameters: object) -> object:
    query = urllib.parse.urlencode({**parameters, "timestamp": int(time.time() * 1000)})
    signature = hmac.new(SECRET.encode(), query.encode(), hashlib.sha256).hexdigest()
    url = f"{BASE}{path}?{query}&signature={signature}"
    request = urllib.request.Request(url, headers={"X-MBX-APIKEY": KEY})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def run_until(home: Path, config: Path, database: str, wanted) -> str:
    """Run the bot until what is wanted has happened, then stop it as a user does."""
    log = home / f"{config.stem}.log"
    more = ("--strategy", "AlwaysIn", "--db-url", f"sqlite:///{home / database}")
    with log.open("w") as out:
        bot = subprocess.Popen(command(home, config, "trade", *more), stdout=out, stderr=out)
        try:
            ends_s = time.monotonic() + PATIENCE_S
            while not wanted(log.read_text()):
                assert bot.poll() is None, log.read_text()[-4_000:]
                assert time.monotonic() < ends_s, log.read_text()[-4_000:]
                time.sleep(0.5)
        finally:
            bot.send_signal(signal.SIGINT)
            try:
                bot.wait(30)
            except subprocess.TimeoutExpired:
                bot.kill()
                bot.wait()
    return log.read_text()


def stops() -> list[dict]:
    found = signed("/api/v3/openOrders", symbol=SYMBOL)
    return [one for one in found if one["type"] == "STOP_LOSS_LIMIT"]


with tempfile.TemporaryDirectory() as directory:
    home = Path(directory)
    (home / "data").mkdir()
    dry, live = settings(home, dry_run=True), settings(home, dry_run=False)

    # Its history comes from here, and from nowhere else
    fetched = subprocess.run(
        command(home, dry, "download-data", "--days", "1", "-t", "1m", "--erase"),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert fetched.returncode == 0, fetched.stdout + fetched.stderr
    assert list((home / "data").rglob("ETH_USDT-1m*")), fetched.stdout + fetched.stderr

    said = run_until(home, dry, "dry.sqlite", lambda log: "entry_fill" in log)
    assert not stops(), "a dry run left an order"

    placed: list[dict] = []

    def is_protected(_: str) -> bool:
        placed.extend(stops())
        return bool(placed)

    run_until(home, live, "live.sqlite", is_protected)
    bought = signed("/api/v3/myTrades", symbol=SYMBOL, limit=1_000)[-1]
    # It waits at the stop of the strategy: five percent below what was paid
    distance = float(placed[0]["stopPrice"]) / float(bought["price"])
    assert bought["isBuyer"] and 0.94 < distance < 0.96, (placed, bought)
print("freqtrade has done all of it")
