"""A browser for the tests of the trade screen. ``exchange_url``: the running exchange's address."""

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

AXE_PATH: Final = Path(__file__).parents[3] / "frontend/node_modules/axe-core/axe.min.js"
BROWSER_ARGS: Final = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WAIT_MS: Final = 15_000


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium of the machine, or Playwright's own where the machine has none."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=BROWSER_ARGS
        )
        yield browser
        await browser.close()


@pytest.fixture
def expected_complaints() -> list[str]:
    """Parts of what a browser may complain about in a test: a refused request is an error to it."""
    return []


@pytest.fixture
async def open_page(
    browser: Browser, exchange_url: str, expected_complaints: list[str]
) -> AsyncIterator[Callable[..., Any]]:
    """Open the trade screen; at the end no page may have complained on its console."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    async def open_one(
        path: str = "/", *, width: int = 1440, height: int = 900, theme: str = "dark"
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="light" if theme == "light" else "dark",
            has_touch=width < 720,
        )
        context.set_default_timeout(WAIT_MS)
        page = await context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(exchange_url + path)
        return page

    yield open_one
    unexpected = [
        text for text in complaints if not any(part in text for part in expected_complaints)
    ]
    assert unexpected == []


@pytest.fixture
def axe_violations() -> Callable[[Page], Any]:
    """Run axe-core on what is on screen and return what it found, one line a rule."""

    async def run(page: Page) -> list[str]:
        # Evaluated by the debugger: the page's own policy would refuse an injected script.
        await page.evaluate(AXE_PATH.read_text())
        found = await page.evaluate("axe.run().then((result) => result.violations)")
        return [
            f"{each['id']}: {each['help']}: {[node['html'][:200] for node in each['nodes'][:3]]}"
            for each in found
        ]

    return run
