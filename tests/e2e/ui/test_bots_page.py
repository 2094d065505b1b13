"""The page of the bots: one is started, set, watched, stopped and forgotten by hand."""

import secrets
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.e2e.ui.screen import notice, sign_up

PHONE = {"width": 390, "height": 844}


async def bots_of(page: Page) -> Locator:
    """Open the page of the bots as somebody new; returns their table."""
    await expect(page.get_by_text("Log in to see this page.")).to_be_visible()
    await sign_up(page)
    table = page.get_by_role("table", name="Bots", exact=True)
    await expect(table).to_be_visible()
    return table


async def start_grid(page: Page, name: str) -> None:
    """Start a grid by the dialog, far from what others quote."""
    await page.get_by_role("button", name="Start a new bot").click()
    dialog = page.get_by_role("dialog", name="New bot")
    await dialog.get_by_label("Strategy").select_option("grid")
    await dialog.get_by_label("Name").fill(name)
    await dialog.get_by_label("lines").fill("3")
    await dialog.get_by_label("step_bps").fill("200")
    await dialog.get_by_role("button", name="Start the bot").click()
    await expect(dialog).to_be_hidden()
    await expect(notice(page, f"{name} started")).to_be_visible()


def open_orders(page: Page, name: str) -> Locator:
    """The lines of what a bot bids and offers."""
    return page.get_by_role("region", name=f"Open orders of {name}").locator("tbody tr")


async def test_a_bot_is_started_set_stopped_and_forgotten_by_hand(open_page: Any) -> None:
    page = await open_page(path="/bots")
    table = await bots_of(page)
    name = f"ui-{secrets.token_hex(4)}"
    await start_grid(page, name)

    opener = page.get_by_role("button", name=name, exact=True)
    row = table.get_by_role("row").filter(has=opener)
    await expect(row).to_contain_text("Trading")
    await opener.click()
    await expect(open_orders(page, name)).to_have_count(6)

    form = page.get_by_role("form", name=f"Parameters of {name}")
    await form.get_by_label("lines").fill("2.5")
    await expect(form.get_by_text("Enter a whole number.")).to_be_visible()
    await form.get_by_label("lines").fill("2")
    await form.get_by_role("button", name="Set", exact=True).click()
    await expect(notice(page, f"{name} goes on with lines 2")).to_be_visible()
    await expect(open_orders(page, name)).to_have_count(4)

    await row.get_by_role("button", name=f"Stop {name}").click()
    await expect(notice(page, f"{name} stopped; its orders are gone")).to_be_visible()
    await expect(row).to_contain_text("Stopped")
    await expect(open_orders(page, name)).to_have_count(0)

    await expect(page.get_by_text("No open orders.")).to_be_visible()

    await page.reload()
    await opener.click()
    await expect(form.get_by_label("lines")).to_have_value("2")
    await page.get_by_role("button", name=f"Remove {name}").click()
    dialog = page.get_by_role("dialog", name=f"Remove {name}")
    await dialog.get_by_role("button", name="Remove", exact=True).click()
    await expect(notice(page, f"{name} removed")).to_be_visible()
    await expect(row).to_have_count(0)


async def test_the_page_of_the_bots_keeps_every_rule_of_axe(
    open_page: Any, axe_violations: Any
) -> None:
    for theme, size in (("dark", {}), ("light", {}), ("light", PHONE)):
        page = await open_page(path="/bots", theme=theme, **size)
        table = await bots_of(page)
        maker = table.get_by_role("button", name="market_maker-BTC-USDT", exact=True)
        await maker.click()
        await expect(open_orders(page, "market_maker-BTC-USDT").first).to_be_visible()
        assert await axe_violations(page) == [], (theme, size)
        await page.get_by_role("button", name="Start a new bot").click()
        await expect(page.get_by_role("dialog", name="New bot")).to_be_visible()
        assert await axe_violations(page) == [], (theme, size)
        await page.context.close()
