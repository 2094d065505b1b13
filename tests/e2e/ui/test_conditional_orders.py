"""Stops, pairs and auctions on the trade screen, with exact trades of others around them."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from client.rest import OpenbellClient
from tests.e2e.exchange import Exchange
from tests.e2e.ui.screen import add_demo_funds, book_is_live, choose_kind, notice, sign_up

SYMBOL = "BTC-USDT"


@pytest.fixture
def exchange_url(quiet_exchange: Exchange) -> str:
    """Nobody trades here but the test: every price is known."""
    return quiet_exchange.url


@dataclass(frozen=True)
class Others:
    """A buyer and a seller with funds, who are not at this screen."""

    buyer: OpenbellClient
    seller: OpenbellClient

    async def trade(self, price: str) -> None:
        """Make ``price`` the last one traded, against the best bid there."""
        await self.seller.place(
            SYMBOL, "sell", "limit", qty="0.001", price=price, time_in_force="ioc"
        )


@asynccontextmanager
async def _a_market(exchange: Exchange) -> AsyncIterator[Others]:
    """64,000.00 was traded last; 63,900.00 is bid and 64,100.00 asked for one each."""
    async with OpenbellClient(exchange.url) as buyer, OpenbellClient(exchange.url) as seller:
        for client, asset, amount in ((buyer, "USDT", "100000"), (seller, "BTC", "2")):
            email = f"{secrets.token_hex(6)}@example.com"
            await client.sign_up(email, "correct horse battery")
            await client.faucet(asset, amount)
        others = Others(buyer, seller)
        await buyer.place(SYMBOL, "buy", "limit", qty="0.001", price="64000")
        await others.trade("64000")
        await buyer.place(SYMBOL, "buy", "limit", qty="1", price="63900")
        await seller.place(SYMBOL, "sell", "limit", qty="1", price="64100")
        yield others


async def _a_seller(page: Page) -> None:
    await sign_up(page)
    await book_is_live(page)
    await add_demo_funds(page, "BTC")
    await page.get_by_role("radio", name="Sell").check()


def _rows(page: Page, text: str) -> Locator:
    return page.get_by_role("table", name="Open orders").get_by_role("row").filter(has_text=text)


async def _place(page: Page, qty: str, **fields: str) -> None:
    for name, value in fields.items():
        await page.locator(f"input[name={name}]").fill(value)
    await page.locator("input[name=amount]").fill(qty)
    await page.locator(".ticket .submit").click()


@pytest.mark.timeout(240)
async def test_a_stop_is_changed_and_triggered_while_a_trailing_stop_follows(
    open_page: Any, quiet_exchange: Exchange, axe_violations: Any
) -> None:
    async with _a_market(quiet_exchange) as others:
        page = await open_page()
        await _a_seller(page)
        await _a_trailing_stop_says_where_it_stands(page)
        await _a_stop_is_changed_under_its_row(page, axe_violations)

        await others.trade("63900")
        await expect(notice(page, "Stop triggered: Sell BTC")).to_be_visible()
        await expect(notice(page, "Sold 0.1 BTC at 63,900.00")).to_be_visible()
        await expect(_rows(page, "Trailing stop")).to_have_count(1)
        await expect(_rows(page, "Sell")).to_have_count(1)


async def _a_trailing_stop_says_where_it_stands(page: Page) -> None:
    await choose_kind(page, "trailing_stop")
    await page.locator("input[name=trailing]").fill("1.25")
    await expect(page.get_by_text("Would trigger at 63,200.00 now")).to_be_visible()
    await _place(page, "0.2")
    await expect(_rows(page, "Trailing stop")).to_contain_text("1.25 % behind")


async def _a_stop_is_changed_under_its_row(page: Page, axe_violations: Any) -> None:
    await choose_kind(page, "stop")
    await page.locator("input[name=trigger]").fill("64000")
    await expect(
        page.get_by_text("The last trade already meets the order’s condition.")
    ).to_be_visible()
    await _place(page, "0.1", trigger="63500")
    await expect(_rows(page, "63,500.00")).to_have_count(1)
    await page.get_by_role("button", name="Edit Sell 0.1 BTC by stop").click()
    editor = page.get_by_role("form", name="Edit Sell 0.1 BTC by stop")
    await expect(editor.get_by_label("Trigger price")).to_be_focused()
    await page.keyboard.type("63920")
    assert await axe_violations(page) == []
    await page.keyboard.press("Enter")
    await expect(notice(page, "Now Sell 0.1 BTC by stop at 63,920.00")).to_be_visible()
    await expect(_rows(page, "63,920.00")).to_have_count(1)
    await expect(editor).to_have_count(0)


@pytest.mark.timeout(240)
async def test_a_pair_holds_once_is_canceled_as_one_and_ends_with_its_first_trade(
    open_page: Any, quiet_exchange: Exchange, axe_violations: Any
) -> None:
    async with _a_market(quiet_exchange) as others:
        page = await open_page(theme="light")
        await _a_seller(page)
        await choose_kind(page, "oco")
        await _place(page, "0.4", price="64050", trigger="62000")
        await expect(notice(page, "Sell 0.4 BTC placed as a pair")).to_be_visible()
        await expect(_rows(page, "pair")).to_have_count(2)
        held = page.locator(".area-wallet tr").filter(has_text="BTC")
        await expect(held.get_by_role("cell").nth(2)).to_have_text("0.40")
        assert await axe_violations(page) == []

        await page.get_by_role("button", name="Cancel pair").first.click()
        await expect(notice(page, "Pair canceled")).to_be_visible()
        await expect(page.get_by_text("No open orders.")).to_be_visible()

        await _place(page, "0.3", price="64050", trigger="62000")
        await expect(_rows(page, "pair")).to_have_count(2)
        await others.buyer.place(SYMBOL, "buy", "market", qty="0.3")
        await expect(notice(page, "Sold 0.3 BTC at 64,050.00")).to_be_visible()
        await expect(page.get_by_text("No open orders.")).to_be_visible()
        await page.get_by_role("tab", name="Order history").click()
        history = page.get_by_role("table", name="Order history")
        await expect(history).to_contain_text("the other order of its list went first")


@pytest.mark.timeout(240)
async def test_an_auction_shows_what_it_would_come_to_and_no_crossed_book(
    open_page: Any, quiet_exchange: Exchange, axe_violations: Any
) -> None:
    async with _a_market(quiet_exchange) as others:
        page = await open_page()
        await _a_seller(page)
        banner = page.locator(".status-banner")
        await expect(banner).to_have_count(0)
        _operate(quiet_exchange, "instrument", "status", SYMBOL, "auction")
        await expect(banner).to_contain_text("BTC-USDT is in an auction")
        await others.buyer.place(SYMBOL, "buy", "limit", qty="0.25", price="64100")
        await expect(banner).to_contain_text("64,100.00")
        await expect(banner).to_contain_text("0.75000 BTC more offered")
        await expect(page.locator(".book-row:not(.vacant)")).to_have_count(0)
        await page.get_by_role("radio", name="Market").check()
        await expect(
            page.get_by_text("In an auction only orders that can wait are taken.")
        ).to_be_visible()
        assert await axe_violations(page) == []

        _operate(quiet_exchange, "instrument", "status", SYMBOL, "trading")
        await expect(banner).to_have_count(0)
        await book_is_live(page)
        await expect(page.locator(".tape-row:not([hidden])").first).to_contain_text("auction")

        _operate(quiet_exchange, "halt")
        await expect(banner).to_contain_text("The exchange has stopped trading")
        _operate(quiet_exchange, "open")
        await expect(banner).to_have_count(0)


def _operate(exchange: Exchange, *words: str) -> None:
    done = exchange.openbell("venue", *words)
    assert done.returncode == 0, done.stdout + done.stderr
