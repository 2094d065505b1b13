"""Is the screen there at once, and does it keep up with a busy market?

The built UI in a headless browser, opened again and again by somebody who was never here, over an
exchange opened as a user opens it; then over a market of two thousand messages a second, on real
sockets. How much of a processor the page's main thread takes is the browser's own count.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median
from typing import Final

import aiohttp
from playwright.async_api import Browser
from playwright.async_api import Error as BrowserError

from bench.benchmark import Benchmark, Say
from bench.browser import DESKTOP, FAST_4G, PHONE, opened_browser, visit
from bench.busy_feed import SENT_PATH
from bench.live_exchange import live_exchange
from bench.report import Measured, NoFigure, WrongResult
from bench.udp import echo_rtt_us

TRADE: Final = "/trade/BTC-USDT"
LOG_IN: Final = "/login"
VISITS: Final = 7
QUICK_VISITS: Final = 1
MESSAGES_PER_S: Final = 2_000
KEPT_UP: Final = 0.95
"""Of the messages, at least so many must have been written for the figures to count."""
SECONDS: Final = 10
QUICK_SECONDS: Final = 1
SETTLED_S: Final = 3
SLOW: Final = 4
READY_S: Final = 60.0
KB: Final = 1_000


async def sizes(browser: Browser, url: str) -> dict[str, float]:
    """Return how many kB of scripts, compressed, each screen loads until it is there."""
    async with visit(browser, url + TRADE) as trade:
        await trade.book_live_ms()
        await trade.page.locator(".chart-host canvas").first.wait_for()
    async with visit(browser, url + LOG_IN) as login:
        await login.page.locator("input[type=password]").wait_for()
        await login.page.wait_for_load_state("networkidle")
    return {
        "ui.js_gz_kb": sum(trade.scripts.values()) / KB,
        "ui.login_js_gz_kb": sum(login.scripts.values()) / KB,
    }


async def times(browser: Browser, url: str, visits: int) -> dict[str, float]:
    """Return how soon there is something on screen, and a live book."""
    painted, live, far = [], [], []
    for _ in range(visits):
        async with visit(browser, url + TRADE) as here:
            painted.append(await here.paint_ms())
            live.append(await here.book_live_ms())
        async with visit(browser, url + TRADE, slow=SLOW, network=FAST_4G) as there:
            far.append(await there.paint_ms())
    return {
        "ui.fcp_ms": median(painted),
        "ui.fcp_4g_ms": median(far),
        "ui.book_live_ms": median(live),
    }


async def load(browser: Browser, url: str, seconds: float) -> dict[str, float]:
    """Return what the trade screen costs over a busy market.

    Raises:
        WrongResult: the market was not as busy as it should be.
    """
    async with aiohttp.ClientSession() as client, busy_feed(url) as busy_url:
        async with visit(browser, busy_url + TRADE) as screen:
            await screen.book_live_ms()
            await screen.page.wait_for_timeout(SETTLED_S * 1_000)
            before = await sent(client, busy_url)
            cost = await screen.cost(seconds)
            told = await sent(client, busy_url) - before
            if told < MESSAGES_PER_S * seconds * KEPT_UP:
                raise WrongResult(f"{told:,} messages in {seconds} s were told")
            await screen.slow_down(SLOW)
            await screen.page.wait_for_timeout(SETTLED_S * 1_000)
            slowed = await screen.cost(seconds)
    return {
        "ui.cpu_pct": cost.cpu_share * 100,
        "ui.long_tasks": cost.long_tasks,
        "ui.fps": cost.frames_per_s,
        "ui.fps_4x": slowed.frames_per_s,
    }


async def sent(client: aiohttp.ClientSession, busy_url: str) -> int:
    """Return how many messages the busy market has told."""
    async with client.get(busy_url + SENT_PATH) as answer:
        return int(await answer.json())


@asynccontextmanager
async def busy_feed(exchange_url: str) -> AsyncIterator[str]:
    """Have the UI served over a busy market by a process of its own; yield its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.busy_feed", exchange_url, str(MESSAGES_PER_S),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    try:
        async with asyncio.timeout(READY_S):
            port = int(await process.stdout.readline())
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


async def broken_rules(browser: Browser, url: str) -> dict[str, float]:
    """Return how many rules of accessibility both screens break, in both themes and sizes."""
    broken = 0
    for path in (TRADE, LOG_IN):
        for size in (DESKTOP, PHONE):
            for is_dark in (True, False):
                async with visit(browser, url + path, size=size, is_dark=is_dark) as shown:
                    await shown.page.wait_for_load_state("load")
                    await shown.page.get_by_role("banner").wait_for()
                    broken += len(await shown.axe_violations())
    return {"ui.axe_violations": broken}


async def run(url: str, visits: int, seconds: float, say: Say) -> dict[str, float]:
    """Return every figure of the UI over the exchange at ``url``.

    Raises:
        NoFigure: a page never came to what is waited for.
    """
    try:
        return await _figures(url, visits, seconds, say)
    except BrowserError as error:
        raise NoFigure(str(error)) from error


async def _figures(url: str, visits: int, seconds: float, say: Say) -> dict[str, float]:
    async with opened_browser() as browser:
        say("how much is loaded")
        figures = await sizes(browser, url)
        say(f"how soon it is there, {visits} times")
        figures |= await times(browser, url, visits)
        say(f"{MESSAGES_PER_S:,} messages a second, {seconds} s")
        figures |= await load(browser, url, seconds)
        say("rules of accessibility")
        return figures | await broken_rules(browser, url)


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Measure the UI over one exchange, or over the one that is named."""
    visits, seconds = (QUICK_VISITS, QUICK_SECONDS) if options.quick else (VISITS, SECONDS)
    if options.url is not None:
        figures, core = asyncio.run(run(options.url, visits, seconds, say)), "unknown"
    else:
        say("opening an exchange")
        with live_exchange("ui-", bots=True) as facts:
            figures = asyncio.run(run(facts["gateway_url"], visits, seconds, say))
            core = str(facts["core"])
    return Measured(
        figures=figures,
        yardsticks={"echo_p50_us": echo_rtt_us(spin=False)[0]},
        twin=core,
        yardstick="echo_p50_us",
        notes=(
            f"Medians of {visits} visits, nothing cached. `ui.fcp_4g_ms`: the browser's own fast "
            f"4G and a processor {SLOW} times slower, as `ui.fps_4x`. `ui.cpu_pct`: of one "
            f"processor, the page's main thread at {MESSAGES_PER_S:,} messages a second, in which "
            "`ui.long_tasks` are counted, too. kB of 1,000 bytes.",
        ),
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which exchange is looked at."""
    parser.add_argument("--url", help="of an exchange that runs, instead of one of its own")


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_arguments, measure)
