"""The trade screen as a person uses it: in a browser, against a running exchange."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.ui.screen import (
    add_demo_funds,
    book_is_live,
    choose_kind,
    notice,
    say_yes,
    sign_up,
)

OWN_BID_ROW = ".bids .book-row.own"


async def bid_on_screen(page: Page) -> str:
    """Price text, without separators, of a bid halfway down the screen.

    The market moves: an order at the best bid would soon trade, and one at the last visible bid
    would soon be out of sight.
    """
    prices = page.locator(".bids .book-row:not(.vacant) .book-price")
    text = await prices.nth(await prices.count() // 2).inner_text()
    return text.replace("own order", "").replace(",", "").strip()


async def place_limit_buy(page: Page, qty: str) -> str:
    """Buy at a bid on screen, where it rests; returns the price."""
    price = await bid_on_screen(page)
    await page.get_by_label("Price", exact=True).fill(price)
    await page.get_by_label("Quantity", exact=True).fill(qty)
    await page.get_by_role("button", name="Buy BTC").click()
    await expect(notice(page, "placed")).to_be_visible()
    return price


async def test_a_new_user_funds_an_account_quotes_cancels_and_buys(open_page: Any) -> None:
    page = await open_page()
    await sign_up(page)
    await book_is_live(page)
    await add_demo_funds(page, "USDT")

    price = await place_limit_buy(page, "0.001")
    orders = page.get_by_role("table", name="Open orders")
    await expect(orders.get_by_role("row").filter(has_text="Buy")).to_have_count(1)
    await expect(page.locator(OWN_BID_ROW)).to_have_count(1)
    own_row = await page.locator(OWN_BID_ROW).inner_text()
    assert price in own_row.replace(",", "")

    await orders.get_by_role("button", name="Cancel Buy").click()
    await expect(notice(page, "canceled")).to_be_visible()
    await expect(page.get_by_text("No open orders.")).to_be_visible()
    await expect(page.locator(OWN_BID_ROW)).to_have_count(0)

    await page.get_by_role("radio", name="Market").check()
    await page.get_by_label("Quantity", exact=True).fill("0.001")
    await expect(page.locator(".summary")).to_contain_text("Slippage")
    await page.get_by_role("button", name="Buy BTC").click()
    await say_yes(page)
    await expect(notice(page, "Bought 0.001 BTC at")).to_be_visible()
    btc = page.get_by_role("row").filter(has_text="BTC").filter(has_text="Add")
    # A taker's fee of 0.1 % comes out of the bitcoin received.
    await expect(btc.get_by_role("cell").nth(1)).to_have_text("0.000999")

    await page.get_by_role("tab", name="Fills").click()
    await expect(page.get_by_role("table", name="Fills")).to_contain_text("Taker")
    await page.get_by_role("tab", name="Order history").click()
    history = page.get_by_role("table", name="Order history")
    await expect(history).to_contain_text("Canceled")
    await expect(history).to_contain_text("Filled")


async def test_a_session_outlives_a_reload_and_ends_at_log_out(open_page: Any) -> None:
    page = await open_page()
    email = await sign_up(page)
    await page.reload()
    await expect(page.get_by_role("banner").get_by_text(email)).to_be_visible()
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_role("banner").get_by_role("button", name="Log in")).to_be_visible()
    await expect(page.get_by_text("Log in to see your orders.")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("banner").get_by_role("button", name="Log in")).to_be_visible()


async def test_a_limit_order_is_placed_and_canceled_by_keyboard_alone(open_page: Any) -> None:
    page = await open_page()
    await sign_up(page)
    await book_is_live(page)
    await add_demo_funds(page, "USDT")
    price = await bid_on_screen(page)

    await page.locator("body").click(position={"x": 5, "y": 20})
    await page.keyboard.press("b")
    await page.keyboard.type(price)
    await tab_to(page, "input[name=amount]")
    await page.keyboard.type("0.001")
    await page.keyboard.press("Enter")
    await expect(notice(page, "placed")).to_be_visible()

    await tab_to(page, 'button[aria-label^="Cancel Buy"]')
    await page.keyboard.press("Enter")
    await expect(notice(page, "canceled")).to_be_visible()


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element that matches has the focus."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await page.evaluate("(it) => document.activeElement.matches(it)", selector):
            return
    raise AssertionError(f"no way to {selector} by keyboard")


async def test_an_order_that_cannot_be_is_refused_before_it_is_sent(open_page: Any) -> None:
    page = await open_page()
    await sign_up(page)
    await book_is_live(page)
    await page.get_by_label("Price", exact=True).fill("1.001")
    await page.get_by_label("Quantity", exact=True).fill("0,5")
    await page.get_by_role("button", name="Buy BTC").click()
    await expect(page.get_by_text("Must be a multiple of 0.01.")).to_be_visible()
    await expect(page.get_by_text("Digits and one decimal point only.")).to_be_visible()
    await page.get_by_label("Price", exact=True).fill("50000")
    await page.get_by_label("Quantity", exact=True).fill("1")
    await expect(
        page.get_by_role("alert").filter(has_text="Only 0 USDT available.")
    ).to_be_visible()


async def test_a_price_clicked_in_the_book_is_in_the_ticket(open_page: Any) -> None:
    page = await open_page()
    await book_is_live(page)
    await page.locator(".asks .book-row:not(.vacant)").first.click()
    await expect(page.get_by_label("Price", exact=True)).not_to_have_value("")


async def test_the_chart_and_the_tape_follow_the_market(open_page: Any) -> None:
    page = await open_page()
    await expect(page.locator(".phase")).to_have_text("Live")
    await expect(page.locator(".chart-figures")).to_contain_text("C")
    await expect(page.locator(".tape-row:not([hidden])").first).to_be_visible()


async def test_another_market_is_chosen_by_keyboard(open_page: Any) -> None:
    page = await open_page()
    await book_is_live(page)
    await page.keyboard.press("/")
    await page.keyboard.type("eth")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("table", name="Order book of ETH-USDT")).to_be_visible()
    await expect(page.get_by_role("button", name="Buy ETH")).to_have_count(0)
    await expect(page.get_by_role("button", name="Log in to trade")).to_be_visible()
    await book_is_live(page)


async def test_the_chosen_theme_outlives_a_reload(open_page: Any) -> None:
    page = await open_page(theme="dark")
    root = page.locator("html")
    await expect(root).to_have_attribute("data-theme", "night")
    await page.get_by_role("button", name="Switch to the day theme").click()
    await expect(root).to_have_attribute("data-theme", "day")
    await page.reload()
    await expect(root).to_have_attribute("data-theme", "day")


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_axe_finds_nothing_on_the_desktop(
    open_page: Any, axe_violations: Any, theme: str
) -> None:
    page = await open_page(theme=theme)
    await book_is_live(page)
    assert await axe_violations(page) == []
    await sign_up(page)
    await add_demo_funds(page, "USDT")
    await place_limit_buy(page, "0.001")
    assert await axe_violations(page) == []
    await page.get_by_role("radio", name="Market").check()
    await page.get_by_label("Quantity", exact=True).fill("999999")
    await page.get_by_role("tab", name="Fills").click()
    assert await axe_violations(page) == []
    await choose_kind(page, "oco")
    await page.get_by_label("Take profit at").fill("1.001")
    await page.get_by_text("More options").click()
    assert await axe_violations(page) == []


async def test_the_page_speaks_the_language_that_is_chosen_and_keeps_it(
    open_page: Any, axe_violations: Any
) -> None:
    page = await open_page()
    await book_is_live(page)
    await page.keyboard.press("?")
    await page.get_by_role("radio", name="Deutsch").check()
    await expect(page.get_by_role("heading", name="Orderbuch")).to_be_visible()
    await page.get_by_role("dialog", name="Einstellungen").get_by_label("Schließen").click()
    assert await axe_violations(page) == []
    await page.reload()
    await expect(page.get_by_role("banner").get_by_role("button", name="Anmelden")).to_be_visible()
    assert await page.evaluate("document.documentElement.lang") == "de"
    await page.keyboard.press("?")
    await page.get_by_role("radio", name="English").check()
    await expect(page.get_by_role("heading", name="Order book")).to_be_visible()


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_axe_finds_nothing_in_the_dialogs(
    open_page: Any, axe_violations: Any, theme: str
) -> None:
    page = await open_page(theme=theme)
    await book_is_live(page)
    await page.keyboard.press("/")
    assert await axe_violations(page) == []
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Settings")).to_be_visible()
    assert await axe_violations(page) == []
    await page.keyboard.press("Escape")
    await page.get_by_role("banner").get_by_role("button", name="Sign up").click()
    dialog = page.get_by_role("dialog", name="Sign up")
    await dialog.get_by_role("button", name="Sign up").click()
    await expect(dialog.get_by_text("Enter an email address.")).to_be_visible()
    assert await axe_violations(page) == []


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_the_phone_shows_one_section_at_a_time_and_axe_finds_nothing(
    open_page: Any, axe_violations: Any, theme: str
) -> None:
    page = await open_page(width=360, height=740, theme=theme)
    await sign_up(page)
    sections = page.get_by_role("navigation", name="Sections")
    landmarks = {
        "Chart": page.get_by_role("img", name="Price chart of"),
        "Book": page.get_by_role("table", name="Order book of"),
        "Trades": page.get_by_role("table", name="Last trades of"),
        "Order": page.get_by_role("button", name="Buy BTC"),
        "Account": page.get_by_text("No open orders."),
    }
    for section, landmark in landmarks.items():
        await sections.get_by_role("button", name=section).click()
        await expect(landmark).to_be_visible()
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width == 360, f"{section} is wider than the screen"
        assert await axe_violations(page) == []


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_every_kind_of_order_fits_a_phone_and_axe_finds_nothing(
    open_page: Any, axe_violations: Any, theme: str
) -> None:
    page = await open_page(width=360, height=740, theme=theme)
    await page.get_by_role("navigation").get_by_role("button", name="Order").click()
    await page.get_by_role("radio", name="Stop …").check()
    kinds = page.get_by_label("Kind of stop").get_by_role("option")
    await expect(kinds).not_to_have_count(0)
    for kind in await kinds.evaluate_all("(options) => options.map((one) => one.value)"):
        await choose_kind(page, kind)
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
        assert await axe_violations(page) == []


async def test_a_kind_of_order_is_one_key_away(open_page: Any) -> None:
    page = await open_page()
    await book_is_live(page)
    for key, kind, field in (("m", "Market", "amount"), ("o", "Stop …", "trigger")):
        await page.locator("body").click(position={"x": 5, "y": 20})
        await page.keyboard.press(key)
        await expect(page.get_by_role("radio", name=kind)).to_be_checked()
        await expect(page.locator(f"input[name={field}]")).to_be_focused()


async def test_a_price_tapped_on_the_phone_opens_the_ticket_with_it(open_page: Any) -> None:
    page = await open_page(width=360, height=740)
    await page.get_by_role("navigation").get_by_role("button", name="Book").click()
    await book_is_live(page)
    await page.locator(".bids .book-row:not(.vacant)").first.tap()
    await expect(page.get_by_label("Price", exact=True)).not_to_have_value("")
