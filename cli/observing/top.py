"""`openbell top`: the exchange, live in the terminal."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import aiohttp
import typer

from cli.refusals import said_plainly
from cli.running.instance import DEFAULT_DATA_DIR, Facts, Paths

INTERVAL_S: Final = 2.0
ASK_TIMEOUT_S: Final = 2.0
FIRST_WAIT_S: Final = 1.0
"""Between the two looks that one frame needs: rates are differences."""


def top(
    data: Annotated[
        Path, typer.Option("--data", envvar="OPENBELL_DATA", help="The data directory.")
    ] = DEFAULT_DATA_DIR,
    interval: Annotated[
        float, typer.Option(min=0.5, max=60, help="Seconds between two looks.")
    ] = INTERVAL_S,
    once: Annotated[bool, typer.Option("--once", help="Print one frame and end.")] = False,
) -> None:
    """Show processes, rates, latencies, lags, books and alerts, live. Keys: q ends, space holds the
    picture, b shows and hides the books, p the processes.
    """
    from cli.running.status import running_facts

    with said_plainly():
        facts = running_facts(Paths.of(data))
    try:
        asyncio.run(_print_once(facts) if once else _show(facts, Paths.of(data), interval))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


class _Wanted:
    """What the keys have asked for."""

    def __init__(self) -> None:
        self.books = self.processes = True
        self.held = False
        self.changed, self.ended = asyncio.Event(), False

    def press(self, key: str) -> None:
        if key in "qQ\x03":
            self.ended = True
        elif key == " ":
            self.held = not self.held
        elif key == "b":
            self.books = not self.books
        elif key == "p":
            self.processes = not self.processes
        self.changed.set()


async def _print_once(facts: Facts) -> None:
    from cli.observing.frame import frame
    from cli.screen import console
    from service.observing.history import History

    async with aiohttp.ClientSession() as http:
        watcher = _watcher(http, facts, History(FIRST_WAIT_S))
        await watcher.look()
        await asyncio.sleep(FIRST_WAIT_S)
        await watcher.look()
        console.print(frame(facts, watcher.history, await _tickers(http, facts)))


async def _show(facts: Facts, paths: Paths, interval_s: float) -> None:
    from rich.live import Live

    from cli.observing.frame import frame
    from cli.screen import console
    from service.observing.history import History

    wanted = _Wanted()
    with _keys(wanted):
        async with aiohttp.ClientSession() as http:
            watcher = _watcher(http, facts, History(interval_s))
            with Live(console=console, screen=True, auto_refresh=False) as live:
                tickers, due_s = list[dict[str, Any]](), 0.0
                while not wanted.ended:
                    if time.monotonic() >= due_s:  # a key asks for a picture, not for a look
                        due_s = time.monotonic() + interval_s
                        await watcher.look()
                        facts = Facts.load(paths.facts) or facts
                        tickers = await _tickers(http, facts)
                    if not wanted.held:
                        shown = tickers if wanted.books else []
                        picture = frame(facts, watcher.history, shown, wanted.processes)
                        live.update(picture, refresh=True)
                    await _changed_within(wanted, due_s - time.monotonic())


async def _changed_within(wanted: _Wanted, wait_s: float) -> None:
    wanted.changed.clear()
    try:
        await asyncio.wait_for(wanted.changed.wait(), max(0.0, wait_s))
    except TimeoutError:
        return


def _watcher(http: aiohttp.ClientSession, facts: Facts, history: Any) -> Any:
    from cli.running.services import watched_urls
    from service.observing.watcher import Watcher

    urls = watched_urls(facts.ports)
    known = {name: url for name, url in urls.items() if name in facts.processes}
    return Watcher(http, known, history)


async def _tickers(http: aiohttp.ClientSession, facts: Facts) -> list[dict[str, Any]]:
    """The best prices of every instrument; none while the gateway does not tell."""
    url = f"{facts.gateway_url}/api/v1/tickers"
    try:
        async with http.get(url, timeout=aiohttp.ClientTimeout(total=ASK_TIMEOUT_S)) as answer:
            answer.raise_for_status()
            told: list[dict[str, Any]] = await answer.json()
            return told
    except (aiohttp.ClientError, TimeoutError):
        return []


@contextmanager
def _keys(wanted: _Wanted) -> Iterator[None]:
    """Have every key pressed told at once, where there is a keyboard."""
    if not sys.stdin.isatty():
        yield
        return
    fd, loop = sys.stdin.fileno(), asyncio.get_running_loop()
    before = termios.tcgetattr(fd)
    tty.setcbreak(fd)
    loop.add_reader(fd, lambda: wanted.press(os.read(fd, 1).decode("latin-1")))
    try:
        yield
    finally:
        loop.remove_reader(fd)
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
