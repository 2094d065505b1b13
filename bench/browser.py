"""The built UI in a browser: how soon it is there, what it costs, which rules it breaks."""

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright

from bench.report import NoFigure

FRONTEND: Final = Path(__file__).resolve().parent.parent / "frontend"
AXE: Final = FRONTEND / "node_modules/axe-core/axe.min.js"
DIST: Final = FRONTEND / "dist"
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
DESKTOP: Final = (1440, 900)
PHONE: Final = (390, 844)
WAIT_MS: Final = 30_000
BOOK_IS_LIVE: Final = ".book-live .bids .book-row:not(.vacant)"
FAST_4G: Final = {
    "offline": False,
    "latency": 165,
    "downloadThroughput": 9_000_000 / 8 * 0.9,
    "uploadThroughput": 1_500_000 / 8 * 0.9,
}
"""What the browser's own tools call so: ms, bytes a second."""
_WATCH: Final = """
window.bench = { longTasks: 0, frames: 0, paintMs: null, bookLiveMs: null };
new PerformanceObserver((list) => {
  window.bench.paintMs ??= list.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null;
}).observe({ type: "paint", buffered: true });
new PerformanceObserver((list) => { window.bench.longTasks += list.getEntries().length; })
  .observe({ type: "longtask", buffered: true });
const look = () => {
  window.bench.frames += 1;
  if (window.bench.bookLiveMs === null && document.querySelector("BOOK_IS_LIVE") !== null) {
    window.bench.bookLiveMs = performance.now();
  }
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
""".replace("BOOK_IS_LIVE", BOOK_IS_LIVE)
ASK_EVERY_MS: Final = 20


@dataclass(frozen=True)
class Cost:
    """What a screen cost while it was watched."""

    cpu_share: float
    """Of one processor, by the main thread."""
    long_tasks: int
    frames_per_s: float


@asynccontextmanager
async def opened_browser() -> AsyncIterator[Browser]:
    """Start the machine's Chromium, or Playwright's own where it has none.

    Raises:
        NoFigure: the UI is not built.
    """
    if not (DIST / "index.html").is_file():
        raise NoFigure("the UI is not built: ./openbell up builds it, or npm run build in frontend")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        yield browser
        await browser.close()


@dataclass
class Visit:
    """One page, opened by somebody who was never here."""

    page: Page
    tools: CDPSession
    scripts: dict[str, int]
    """Bytes of each script that was loaded, compressed."""

    async def paint_ms(self) -> float:
        """Return when something was first on screen."""
        return await self._said("paintMs")

    async def book_live_ms(self) -> float:
        """Return when the book was first on screen and followed the feed."""
        return await self._said("bookLiveMs")

    async def slow_down(self, times: int) -> None:
        """Have the page's processor run that many times slower."""
        await self.tools.send("Emulation.setCPUThrottlingRate", {"rate": times})

    async def cost(self, seconds: float) -> Cost:
        """Watch the page for so long."""
        before, counts = await self._metrics(), await self.page.evaluate("({...window.bench})")
        await self.page.wait_for_timeout(seconds * 1_000)
        after, counted = await self._metrics(), await self.page.evaluate("({...window.bench})")
        took_s = after["Timestamp"] - before["Timestamp"]
        return Cost(
            cpu_share=(after["ThreadTime"] - before["ThreadTime"]) / took_s,
            long_tasks=counted["longTasks"] - counts["longTasks"],
            frames_per_s=(counted["frames"] - counts["frames"]) / took_s,
        )

    async def axe_violations(self) -> list[str]:
        """Return the names of the rules of accessibility that the page breaks."""
        # Evaluated by the debugger: the page's own policy would refuse an injected script.
        await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = await self.page.evaluate("axe.run().then((result) => result.violations)")
        return [str(each["id"]) for each in found]

    async def _said(self, name: str) -> float:
        # The page's policy lets no expression be waited for, but the debugger may ask.
        for _ in range(WAIT_MS // ASK_EVERY_MS):
            found = await self.page.evaluate(f"window.bench.{name}")
            if found is not None:
                return float(found)
            await self.page.wait_for_timeout(ASK_EVERY_MS)
        raise NoFigure(f"{self.page.url} never came to its {name}")

    async def _metrics(self) -> Mapping[str, float]:
        found = await self.tools.send("Performance.getMetrics")
        return {each["name"]: each["value"] for each in found["metrics"]}


@asynccontextmanager
async def visit(
    browser: Browser,
    url: str,
    *,
    size: tuple[int, int] = DESKTOP,
    is_dark: bool = True,
    slow: int = 1,
    network: Mapping[str, Any] | None = None,
) -> AsyncIterator[Visit]:
    """Open ``url`` with nothing in the cache; ``slow``: how many times slower the processor is."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if is_dark else "light",
        has_touch=size == PHONE,
    )
    try:
        yield await _open(context, url, slow, network)
    finally:
        await context.close()


async def _open(
    context: BrowserContext, url: str, slow: int, network: Mapping[str, Any] | None
) -> Visit:
    context.set_default_timeout(WAIT_MS)
    await context.add_init_script(_WATCH)
    page = await context.new_page()
    tools = await context.new_cdp_session(page)
    opened = Visit(page, tools, {})
    context.on("request", lambda request: _note_script(opened.scripts, request.url))
    await tools.send("Performance.enable")
    if network is not None:
        await tools.send("Network.enable")
        await tools.send("Network.emulateNetworkConditions", dict(network))
    await opened.slow_down(slow)
    await page.goto(url)
    return opened


def _note_script(scripts: dict[str, int], url: str) -> None:
    name = url.rpartition("/")[2]
    if not name.endswith(".js"):
        return
    files = [*DIST.glob(f"**/{name}.gz"), *DIST.glob(f"**/{name}")]
    scripts[name] = files[0].stat().st_size if files else 0
