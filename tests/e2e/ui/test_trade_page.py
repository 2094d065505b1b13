"""The trade page as somebody sets it up who spends the day with it: its panels, its questions, and
the way back from a slip of the hand.
"""

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.e2e.ui.screen import add_demo_funds, book_is_live, notice, say_yes, sign_up

PHONE = {"width": 390, "height": 844}
FIND_ARROW = """async () => {
  const scan = () => {
    const tip = document.querySelector(".chart-tip");
    const host = document.querySelector(".chart-host").getBoundingClientRect();
    const canvas = document.elementFromPoint(host.x + 100, host.y + 60);
    const box = canvas.getBoundingClientRect();
    for (let clientX = box.right - 10; clientX > box.right - 90; clientX -= 5) {
      for (let clientY = box.top + 5; clientY < box.bottom; clientY += 5) {
        canvas.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true }));
        if (!tip.hidden) return tip.textContent;
      }
    }
    return null;
  };
  for (const end = performance.now() + 15_000; performance.now() < end; ) {
    const found = scan();
    if (found !== null) return found;
    await new Promise(requestAnimationFrame);
  }
  return "no arrow";
}"""
"""Passes the pointer over the last bars until an arrow says what it is: the chart is drawn in no
element that could be asked, and a fill may be told of before the bar that it is in.
"""


async def trader(page: Page) -> None:
    """Somebody new, with funds, before a live book."""
    await sign_up(page)
    await book_is_live(page)
    await add_demo_funds(page, "USDT")


async def low_bid(page: Page) -> str:
    """A price on screen at which a bid rests."""
    prices = page.locator(".bids .book-row:not(.vacant) .book-price")
    text = await prices.nth(await prices.count() - 2).inner_text()
    return text.replace("own order", "").replace(",", "").strip()


async def width_of(panel: Locator) -> float:
    """How wide it is on screen."""
    box = await panel.bounding_box()
    assert box is not None
    return box["width"]


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element that matches has the focus."""
    for _ in range(100):
        await page.keyboard.press("Tab")
        if await page.evaluate("(it) => document.activeElement.matches(it)", selector):
            return
    raise AssertionError(f"no way to {selector} by keyboard")


async def buy_at_market(page: Page, qty: str) -> None:
    """Send what must be asked about."""
    await page.get_by_role("radio", name="Market").check()
    await page.get_by_label("Quantity", exact=True).fill(qty)
    await page.get_by_role("button", name="Buy BTC").click()


async def test_panels_are_sized_by_hand_and_by_keyboard_and_stay_so(open_page: Any) -> None:
    page = await open_page()
    await book_is_live(page)
    book = page.locator(".area-book")
    splitter = page.get_by_role("separator", name="Width of the book")
    before = await width_of(book)
    await splitter.focus()
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")
    assert await width_of(book) == before + 32

    box = await splitter.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 4, box["y"] + 100)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 4 - 50, box["y"] + 100, steps=3)
    await page.mouse.up()
    assert await width_of(book) == before + 82

    await page.reload()
    await book_is_live(page)
    assert await width_of(book) == before + 82
    await splitter.focus()
    await page.keyboard.press("Enter")
    assert await width_of(book) == before

    await page.keyboard.press("?")
    await page.get_by_role("button", name="Compact").click()
    await page.keyboard.press("Escape")
    assert await width_of(book) < before


async def test_an_order_is_placed_amended_and_canceled_by_keyboard_and_each_step_taken_back(
    open_page: Any,
) -> None:
    page = await open_page()
    await trader(page)
    price = await low_bid(page)
    orders = page.get_by_role("table", name="Open orders")
    row = orders.get_by_role("row").filter(has_text="Buy")

    await page.locator("body").click(position={"x": 5, "y": 20})
    await page.keyboard.press("b")
    await page.keyboard.type(price)
    await tab_to(page, "input[name=amount]")
    await page.keyboard.type("0.001")
    await page.keyboard.press("Enter")
    await expect(notice(page, "placed")).to_be_visible()
    await expect(row).to_contain_text("0.00100")

    await tab_to(page, 'button[aria-label^="Edit Buy"]')
    await page.keyboard.press("Enter")
    await tab_to(page, "input[name=amend-qty]")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("0.002")
    await page.keyboard.press("Enter")
    await expect(notice(page, "Now buy")).to_be_visible()
    await expect(row).to_contain_text("0.00200")
    await notice(page, "Now buy").get_by_role("button", name="Undo").press("Enter")
    await expect(row).to_contain_text("0.00100")

    await tab_to(page, 'button[aria-label^="Cancel Buy"]')
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("No open orders.")).to_be_visible()
    await page.locator("body").click(position={"x": 5, "y": 20})
    await page.keyboard.press("z")
    await expect(row).to_contain_text(f"{float(price):,.2f}")
    await notice(page, "placed").get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("No open orders.")).to_be_visible()


async def test_a_market_order_is_asked_about_until_that_is_switched_off(open_page: Any) -> None:
    page = await open_page()
    await trader(page)
    question = page.get_by_role("dialog", name="Send a market order?")
    await buy_at_market(page, "0.001")
    await expect(question).to_contain_text("buy BTC for about")
    await page.keyboard.press("Escape")
    await expect(question).to_be_hidden()
    await expect(page.get_by_label("Quantity", exact=True)).to_have_value("0.001")

    await page.get_by_role("button", name="Buy BTC").click()
    await question.get_by_label("Do not ask this again").check()
    await question.get_by_role("button", name="Yes").press("Enter")
    await expect(notice(page, "Bought 0.001 BTC at")).to_be_visible()
    await buy_at_market(page, "0.002")
    await expect(notice(page, "Bought 0.002 BTC at")).to_be_visible()
    await expect(question).to_be_hidden()

    await page.locator("body").click(position={"x": 5, "y": 20})
    await page.keyboard.press("?")
    asked = page.get_by_label("a market order", exact=True)
    await expect(asked).not_to_be_checked()
    await asked.check()
    await page.keyboard.press("Escape")
    await buy_at_market(page, "0.001")
    await expect(question).to_be_visible()


async def test_what_was_bought_is_an_arrow_on_the_chart_that_says_so(open_page: Any) -> None:
    page = await open_page()
    await trader(page)
    await buy_at_market(page, "0.001")
    await say_yes(page)
    await expect(notice(page, "Bought 0.001 BTC at")).to_be_visible()
    await expect(page.locator(".chart-tip")).to_be_hidden()
    await page.locator(".chart-host").hover(position={"x": 100, "y": 60})
    assert "Bought 0.001 BTC at" in await page.evaluate(FIND_ARROW)


async def test_the_next_order_begins_as_the_last_one_was_set(open_page: Any) -> None:
    page = await open_page()
    await book_is_live(page)
    await page.get_by_label("Time in force").select_option("gtc")
    await page.get_by_label("Post only").check()
    await page.reload()
    await book_is_live(page)
    await expect(page.get_by_label("Post only")).to_be_checked()


async def test_green_and_red_and_the_choices_keep_the_rules_of_axe(
    open_page: Any, axe_violations: Any
) -> None:
    for theme, size in (("dark", {}), ("light", PHONE)):
        page = await open_page(theme=theme, **size)
        await expect(page.locator(".phase")).to_have_text("Live")
        await page.get_by_role("button", name="Settings").click()
        await page.get_by_role("radio", name="Green and red").check()
        assert await axe_violations(page) == [], (theme, size)
        await page.context.close()


async def test_a_question_and_green_and_red_by_day_keep_the_rules_of_axe(
    open_page: Any, axe_violations: Any
) -> None:
    page = await open_page(theme="light")
    await trader(page)
    await page.get_by_role("button", name="Settings").click()
    await page.get_by_role("radio", name="Green and red").check()
    await page.keyboard.press("Escape")
    assert await axe_violations(page) == []
    await buy_at_market(page, "0.001")
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await axe_violations(page) == []
