"""The pages beside each other: addresses, the list of markets, the palette, the chart's views."""

import re
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.e2e.ui.screen import add_demo_funds, book_is_live, notice, sign_up

PHONE = {"width": 390, "height": 844}


async def on_market(page: Page, symbol: str) -> None:
    await expect(page).to_have_url(re.compile(f"/trade/{symbol}$"))
    await expect(page.get_by_role("table", name=f"Order book of {symbol}")).to_be_visible()


async def test_an_address_opens_its_market_and_the_way_back_leads_to_the_one_before(
    open_page: Any,
) -> None:
    page = await open_page(path="/trade/ETH-USDT")
    await on_market(page, "ETH-USDT")
    await page.get_by_role("button", name="Choose a market").click()
    await page.get_by_role("dialog", name="Markets").get_by_role("button", name="BTC-USDT").click()
    await on_market(page, "BTC-USDT")
    await page.go_back()
    await on_market(page, "ETH-USDT")


async def test_a_market_that_is_not_listed_gives_way_to_one_that_is(open_page: Any) -> None:
    page = await open_page(path="/trade/NO-SUCH")
    await expect(page).to_have_url(re.compile("/trade/BTC-USDT$"))


async def test_an_address_of_nothing_says_so_and_shows_the_way(open_page: Any) -> None:
    page = await open_page(path="/no-such-page")
    await expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    await page.get_by_role("main").get_by_role("link", name="Trade").click()
    await book_is_live(page)


def names(page: Page) -> Locator:
    return page.get_by_role("table", name="Markets").locator(".market-name")


async def test_a_favourite_stands_first_whatever_sorts_and_is_remembered(open_page: Any) -> None:
    page = await open_page(path="/markets")
    table = page.get_by_role("table", name="Markets")
    await table.get_by_role("button", name="Market").click()
    await expect(names(page)).to_have_text(["BTC-USDT", "ETH-USDT"])
    await page.get_by_role("button", name="ETH-USDT is a favourite").click()
    await expect(names(page)).to_have_text(["ETH-USDT", "BTC-USDT"])
    await page.reload()
    await page.get_by_label("Favourites only").check()
    await expect(names(page)).to_have_text(["ETH-USDT"])
    await names(page).first.click()
    await on_market(page, "ETH-USDT")


async def test_the_palette_goes_anywhere_by_a_part_of_a_name(open_page: Any) -> None:
    page = await open_page()
    await book_is_live(page)
    goes_to = page.get_by_role("dialog", name="Go to")
    await page.keyboard.press("Control+k")
    await expect(goes_to).to_be_visible()
    await page.keyboard.type("eth")
    await page.keyboard.press("Enter")
    await on_market(page, "ETH-USDT")
    await page.keyboard.press("Control+k")
    await expect(goes_to).to_be_visible()
    await page.keyboard.type("markets")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Markets")).to_be_visible()


async def test_the_list_of_markets_and_the_palette_keep_every_rule_of_axe(
    open_page: Any, axe_violations: Any
) -> None:
    for theme, size in (("dark", {}), ("light", PHONE)):
        page = await open_page(path="/markets", theme=theme, **size)
        await expect(names(page)).to_have_count(2)
        assert await axe_violations(page) == [], theme
        await page.keyboard.press("Control+k")
        await expect(page.get_by_role("dialog", name="Go to")).to_be_visible()
        assert await axe_violations(page) == [], theme


async def test_an_indicator_is_drawn_named_and_remembered(open_page: Any) -> None:
    page = await open_page()
    await page.get_by_role("button", name="Indicators").click()
    await page.get_by_label("Relative strength index").check()
    await page.keyboard.press("Escape")
    await expect(page.locator(".chart-figures")).to_contain_text(re.compile(r"RSI 14 \d"))
    await page.reload()
    await expect(page.locator(".chart-figures")).to_contain_text(re.compile(r"RSI 14 \d"))


async def test_depth_tells_what_the_book_holds_up_to_the_pointer(open_page: Any) -> None:
    page = await open_page()
    await book_is_live(page)
    await page.get_by_role("radio", name="Depth").check()
    canvas = page.get_by_role("img", name="Depth of BTC-USDT")
    figures = page.locator(".chart-figures")
    box = await canvas.bounding_box()
    assert box is not None
    await canvas.hover(position={"x": box["width"] * 0.25, "y": 90})
    await expect(figures).to_contain_text("BTC bid down to")
    await canvas.hover(position={"x": box["width"] * 0.75, "y": 90})
    await expect(figures).to_contain_text("BTC offered up to")


async def test_an_order_dragged_on_the_chart_is_changed_to_where_it_is_let_go(
    open_page: Any,
) -> None:
    page = await open_page()
    await sign_up(page)
    await book_is_live(page)
    await add_demo_funds(page, "USDT")
    prices = page.locator(".bids .book-row:not(.vacant) .book-price")
    price = (await prices.nth(await prices.count() - 2).inner_text()).replace(",", "")
    await page.get_by_label("Price", exact=True).fill(price)
    await page.get_by_label("Quantity", exact=True).fill("0.001")
    await page.get_by_role("button", name="Buy BTC").click()
    await expect(notice(page, "placed")).to_be_visible()

    chart = page.locator(".chart-host")
    box = await chart.bounding_box()
    assert box is not None
    x, y = box["x"] + 200, await height_of_own_line(page, chart, box)
    await page.mouse.down()
    await page.mouse.move(x, y + 10, steps=4)
    await page.mouse.move(x, y + 25, steps=4)
    await page.mouse.up()
    await expect(notice(page, "Now buy")).to_be_visible()
    row = page.get_by_role("table", name="Open orders").get_by_role("row").nth(1)
    await expect(row).not_to_contain_text(f"{float(price):,.2f}")


async def height_of_own_line(page: Page, chart: Locator, box: dict[str, float]) -> float:
    """Where the pointer is over the line of the one own order; it stays there."""
    for y in range(8, int(box["height"]) - 30, 3):
        await page.mouse.move(box["x"] + 200, box["y"] + y)
        if "over-line" in (await chart.get_attribute("class") or ""):
            return box["y"] + y
    raise AssertionError("the order has no line on the chart")
