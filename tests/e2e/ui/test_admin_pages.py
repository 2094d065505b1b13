"""The operator's screens: markets opened, users stopped, money moved by two, trading halted."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pyotp
import pytest
from playwright.async_api import Locator, Page, expect

from client.rest import OpenbellClient
from tests.e2e.exchange import Exchange, open_exchange
from tests.e2e.ui.screen import PASSWORD, notice, sign_up

ADMIN = "admin@openbell.local"
pytestmark = pytest.mark.timeout(180)  # one of them opens the exchange, too

DESKTOP: Final = {"width": 1440, "height": 900}
PHONE: Final = {"width": 360, "height": 780}
SECTIONS = (
    "System",
    "Users",
    "Instruments",
    "Fees and limits",
    "Withdrawals",
    "Two operators",
    "Revenue",
    "Reconciliation",
    "Log",
)


@pytest.fixture(scope="module")
def operated_exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """An exchange of its own: what operators do here, nobody else may feel."""
    with open_exchange(tmp_path_factory.mktemp("operated") / "data", bots=False) as exchange:
        yield exchange


@pytest.fixture
def expected_complaints() -> list[str]:
    """An act that wants a code of its own is refused once, for the dialog to ask for it."""
    return ["status of 403"]


@pytest.fixture
def exchange_url(operated_exchange: Exchange) -> str:
    """Where the operated exchange's page is."""
    return operated_exchange.url


class Operator:
    """The demo's admin. A code is good once, so one session serves all stories of this module."""

    def __init__(self, exchange: Exchange) -> None:
        (self._login,) = [
            one for one in exchange.facts()["demo"]["logins"] if one["email"] == ADMIN
        ]
        self._app = pyotp.TOTP(self._login["totp_secret"])
        self._url = exchange.url
        self._step = 0
        self._cookies: list[Any] = []

    async def code(self) -> str:
        """Return a code that was not used yet; the exchange takes the one before and after, too."""
        while True:
            now_step = int(time.time()) // self._app.interval
            step = max(self._step + 1, now_step - 1)
            if step <= now_step + 1:
                self._step = step
                return self._app.generate_otp(step)
            await asyncio.sleep(0.2)

    async def enter(self, page: Page) -> None:
        """Give a page the session, which begins with the first."""
        if self._cookies:
            await page.context.add_cookies(self._cookies)
            return
        body = {name: self._login[name] for name in ("email", "password")}
        asked = await page.context.request.post(f"{self._url}/api/v1/auth/login", data=body)
        challenge = (await asked.json())["error"]["details"]["challenge"]
        body = {"challenge": challenge, "code": await self.code()}
        entered = await page.context.request.post(
            f"{self._url}/api/v1/auth/login/second-factor", data=body
        )
        assert entered.ok, await entered.text()

    async def leave(self, page: Page) -> None:
        """Keep the session for the next story: each refresh of it makes another cookie."""
        self._cookies = await page.context.cookies()


@pytest.fixture(scope="module")
def operator(operated_exchange: Exchange) -> Operator:
    """Who operates the exchange."""
    return Operator(operated_exchange)


@pytest.fixture
async def operating(
    open_page: Any, operator: Operator, exchange_url: str
) -> AsyncIterator[Callable[[str], Awaitable[Page]]]:
    """Open the operator's screens as the admin, once a test."""
    pages: list[Page] = []

    async def open_one(path: str = "/admin") -> Page:
        page: Page = await open_page(path="/markets")
        await operator.enter(page)
        await page.evaluate("localStorage.setItem('openbell.session', '1')")
        await page.goto(exchange_url + path)
        await expect(page.get_by_role("navigation", name="Sections")).to_be_visible()
        pages.append(page)
        return page

    yield open_one
    for page in pages:
        await operator.leave(page)


async def go_to(page: Page, section: str) -> None:
    """Open a section by its link and wait until it shows what it was asked for."""
    link = page.get_by_role("navigation", name="Sections").get_by_role("link", name=section)
    await link.click()
    await expect(link).to_have_attribute("aria-current", "page")
    await expect(page.locator(".admin-section").get_by_text("Loading", exact=True)).to_have_count(0)


def act(page: Page, title: str) -> Locator:
    """The dialog of an act."""
    return page.get_by_role("dialog", name=title)


async def log_in(page: Page, email: str, password: str) -> None:
    """Log in from a page that asks for it."""
    await page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()
    dialog = page.get_by_role("dialog", name="Log in")
    await dialog.get_by_label("Email").fill(email)
    await dialog.get_by_label("Password", exact=True).fill(password)
    await dialog.get_by_role("button", name="Log in", exact=True).click()
    await expect(dialog).to_be_hidden()


async def with_code(dialog: Locator, button: str, operator: Operator) -> None:
    """Do what asks for a code of its own each time."""
    await dialog.get_by_role("button", name=button, exact=True).click()
    await dialog.get_by_label("Code of your authenticator app").fill(await operator.code())
    await dialog.get_by_role("button", name=button, exact=True).click()


@asynccontextmanager
async def a_user(url: str, *assets: tuple[str, str]) -> AsyncIterator[tuple[str, OpenbellClient]]:
    """Somebody with funds who is at no screen; their e-mail and their connection."""
    async with OpenbellClient(url) as client:
        email = f"{secrets.token_hex(6)}@example.com"
        await client.sign_up(email, PASSWORD)
        for asset, amount in assets:
            await client.faucet(asset, amount)
        yield email, client


def market_row(page: Page, symbol: str) -> Locator:
    """The line of a market in the list of markets."""
    return page.get_by_role("row").filter(has_text=symbol)


async def test_a_market_that_is_listed_here_trades_at_once_on_pages_that_are_open(
    open_page: Any, operating: Any, exchange_url: str
) -> None:
    asset = f"T{secrets.token_hex(3).upper()}"
    symbol = f"{asset}-USDT"
    trader = await open_page(path="/markets")
    await sign_up(trader)
    await expect(market_row(trader, "BTC-USDT")).to_be_visible()
    page = await operating("/admin/instruments")

    await page.get_by_role("button", name="List an instrument").click()
    dialog = act(page, "List an instrument")
    await dialog.get_by_label("Market", exact=True).fill(symbol)
    await dialog.get_by_label("Tick").fill("0.00000001")
    await dialog.get_by_label("Lot").fill("0.1")
    refusal = "Tick 0.00000001 × lot 0.1 is not a whole number of USDT atoms."
    await expect(dialog.get_by_text(refusal)).to_be_visible()
    await expect(dialog.get_by_role("button", name="List", exact=True)).to_be_disabled()
    await dialog.get_by_label("Tick").fill("0.01")
    await expect(dialog.get_by_text(f"Listed with it: {asset}.")).to_be_visible()
    await dialog.get_by_role("button", name="List", exact=True).click()
    await expect(notice(page, "List an instrument: done")).to_be_visible()
    await expect(market_row(trader, symbol)).to_contain_text("Halted")

    await page.get_by_role("button", name=f"Trade: {symbol}").click()
    dialog = act(page, f"{symbol}: Trading")
    await dialog.get_by_label("Reason").fill("opened by the story")
    await dialog.get_by_role("button", name="Trade").click()
    await expect(notice(page, f"{symbol}: Trading: done")).to_be_visible()
    await expect(market_row(trader, symbol)).to_contain_text("Trading")

    async with a_user(exchange_url, (asset, "10")) as (_, seller):
        await seller.place(symbol, "sell", "limit", qty="5", price="20.00")
        await trader.get_by_role("link", name=f"Trade {symbol}").click()
        await trader.get_by_role("button", name="Add demo USDT").click()
        await expect(notice(trader, "USDT of demo funds added")).to_be_visible()
        await trader.get_by_label("Price", exact=True).fill("20.00")
        await trader.get_by_label("Quantity", exact=True).fill("2")
        await trader.get_by_role("button", name=f"Buy {asset}").click()
        await expect(notice(trader, f"Bought 2 {asset} at")).to_be_visible()

    await page.get_by_role("link", name=symbol).click()
    versions = page.get_by_role("table", name="Versions")
    await expect(versions.get_by_role("row").nth(1)).to_contain_text("status halt → trading")
    await expect(versions.get_by_role("row").nth(1)).to_contain_text(ADMIN)
    await page.get_by_role("button", name="Delist").click()
    dialog = act(page, f"{symbol}: Closed")
    button = dialog.get_by_role("button", name="Delist")
    await expect(button).to_be_disabled()
    await dialog.get_by_label(f"Type {symbol} to confirm").fill(symbol)
    await button.click()
    await expect(page.locator(".admin-title")).to_contain_text("Closed")
    await expect(page.get_by_role("button", name="Delist")).to_have_count(0)


async def test_a_user_is_found_stopped_and_let_go_on_and_the_log_says_why(
    operating: Any, exchange_url: str
) -> None:
    async with a_user(exchange_url, ("USDT", "1000")) as (email, client):
        await client.place("BTC-USDT", "buy", "limit", qty="0.01", price="100")
        page = await operating("/admin/users")
        await page.get_by_role("searchbox", name="Part of an email").fill(email[:10])
        await page.get_by_role("link", name=email).click()
        orders = page.get_by_role("table", name="Open orders")
        await expect(orders.get_by_role("row")).to_have_count(2)
        await expect(page.get_by_role("table", name="Balances")).to_contain_text("999.00000000")

        await page.get_by_role("button", name="Suspend").click()
        dialog = act(page, f"Suspend: {email}")
        await expect(dialog).to_contain_text("all open orders of all accounts (1) are canceled")
        await dialog.get_by_label("Reason").fill("asked by phone")
        await dialog.get_by_role("button", name="Suspend").click()
        await expect(page.locator(".admin-title")).to_contain_text("suspended")
        await expect(page.get_by_text("No open orders.")).to_be_visible()
        log = page.get_by_role("region", name="What operators did with this login")
        await expect(log.get_by_role("row").nth(1)).to_contain_text("asked by phone")
        await log.get_by_role("row").nth(1).get_by_role("button").click()
        await expect(log).to_contain_text("status: active → suspended")

        await page.get_by_role("button", name="Let go on").click()
        await act(page, f"Let go on: {email}").get_by_role("button", name="Let go on").click()
        await expect(page.locator(".admin-title")).to_contain_text("active")


async def test_support_sees_everything_and_others_see_no_such_page(
    open_page: Any, operating: Any, operator: Operator, exchange_url: str
) -> None:
    async with a_user(exchange_url) as (email, _):
        other: Page = await open_page(path="/admin/users")
        await log_in(other, email, PASSWORD)
        await expect(other.get_by_text("There is no such page")).to_be_visible()
        await expect(other.get_by_role("link", name="Admin")).to_have_count(0)

        page = await operating(f"/admin/users?email={email}")
        await page.get_by_role("link", name=email).click()
        await page.get_by_role("button", name="Change role").click()
        dialog = act(page, f"Role of {email}")
        await dialog.get_by_label("Role").select_option("support")
        await expect(dialog).to_contain_text("may stop users")
        await dialog.get_by_label("Reason").fill("night shift")
        await with_code(dialog, "Give role", operator)
        await expect(notice(page, f"Role of {email}: done")).to_be_visible()

        await other.reload()
        await expect(other.get_by_role("table", name="Users")).to_contain_text(ADMIN)
        await expect(other.get_by_role("button", name="Halt all trading")).to_have_count(0)
        await go_to(other, "Instruments")
        await expect(other.get_by_role("link", name="BTC-USDT")).to_be_visible()
        await expect(other.get_by_role("button", name="List an instrument")).to_have_count(0)


async def test_money_moves_only_once_another_operator_agrees(
    operating: Any, operator: Operator, operated_exchange: Exchange
) -> None:
    page = await operating("/admin/proposals")
    await page.get_by_role("button", name="Ask for an adjustment").click()
    dialog = act(page, "Ask for an adjustment")
    await dialog.get_by_label("From account").fill("1000")
    await dialog.get_by_label("To account").fill("1")
    await dialog.get_by_label("Amount").fill("12.5")
    await dialog.get_by_label("Asset").select_option("USDT")
    ask = dialog.get_by_role("button", name="Ask", exact=True)
    await expect(ask).to_be_disabled()
    await dialog.get_by_label("Reason").fill("paid twice")
    await expect(dialog).to_contain_text("12.5 USDT go from account 1000 to account 1")
    await expect(ask).to_be_enabled()
    await with_code(dialog, "Ask", operator)
    await expect(notice(page, "Ask for an adjustment: done")).to_be_visible()
    row = page.get_by_role("table", name="Two operators").get_by_role("row").nth(1)
    await expect(row).to_contain_text("waits for another operator")

    number = await row.get_by_role("cell").first.inner_text()

    agreed = operated_exchange.openbell("venue", "proposals", "approve", number)
    assert agreed.returncode == 0, agreed.stdout + agreed.stderr
    await expect(row).to_contain_text("done")
    await go_to(page, "Revenue")
    earned = page.get_by_role("region", name="Fees earned, in all")
    await expect(earned).to_contain_text("12.5")


async def test_trading_is_halted_and_opened_by_keyboard_alone(
    open_page: Any, operating: Any
) -> None:
    trader: Page = await open_page()
    page = await operating()
    await page.get_by_role("button", name="Halt all trading").focus()
    await page.keyboard.press("Enter")
    dialog = act(page, "Halt all trading")
    await expect(dialog.get_by_label("Reason, for the log (needed)")).to_be_focused()
    await page.keyboard.type("a drill")
    await expect(dialog.get_by_role("button", name="Halt now")).to_be_disabled()
    await page.keyboard.press("Tab")
    await page.keyboard.type("HALT")
    await page.keyboard.press("Enter")
    await expect(notice(page, "Halt all trading: done")).to_be_visible()
    await expect(page.get_by_text("The venue is halted")).to_be_visible()
    await expect(trader.get_by_text("The exchange has stopped trading", exact=True)).to_be_visible()

    await page.get_by_role("button", name="Open the venue").focus()
    await page.keyboard.press("Enter")
    await expect(act(page, "Open the venue")).to_be_visible()
    await page.keyboard.type("the drill is over")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("The venue is open.")).to_be_visible()
    await expect(trader.get_by_text("The exchange has stopped trading", exact=True)).to_have_count(
        0
    )
    await go_to(page, "Log")
    log = page.get_by_role("table", name="Log")
    await expect(log).to_contain_text("emergency: a drill")
    await expect(log).to_contain_text("the drill is over")


async def test_the_operators_screens_keep_every_rule_of_axe(
    operating: Any, axe_violations: Any
) -> None:
    page: Page = await operating()
    for theme, size in (("dark", DESKTOP), ("light", PHONE)):
        await page.emulate_media(color_scheme=theme)
        await page.set_viewport_size(size)
        for section in SECTIONS:
            await go_to(page, section)
            assert await axe_violations(page) == [], (section, theme, size)
        await page.get_by_role("button", name="Halt all trading").click()
        await expect(act(page, "Halt all trading")).to_be_visible()
        assert await axe_violations(page) == [], ("Halt", theme, size)
        await page.keyboard.press("Escape")
