"""What every story of the trade screen does: sign up, get funds, wait for the book."""

import secrets

from playwright.async_api import Locator, Page, expect

PASSWORD = "correct-horse-battery"


async def sign_up(page: Page) -> str:
    """Make a new user by the dialog; returns the email."""
    email = f"ui-{secrets.token_hex(6)}@example.com"
    await page.get_by_role("banner").get_by_role("button", name="Sign up").click()
    dialog = page.get_by_role("dialog", name="Sign up")
    await dialog.get_by_label("Email").fill(email)
    await dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    await dialog.get_by_role("button", name="Sign up").click()
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_role("banner").get_by_text(email)).to_be_attached()
    return email


async def book_is_live(page: Page) -> None:
    """Wait until both sides of the book are on screen and follow the feed."""
    await expect(page.locator(".book-live .bids .book-row:not(.vacant)").first).to_be_visible()
    await expect(page.locator(".book-live .asks .book-row:not(.vacant)").first).to_be_visible()


async def add_demo_funds(page: Page, *assets: str) -> None:
    """Ask the faucet for each asset and wait until the amount is spendable."""
    for asset in assets:
        row = page.get_by_role("row").filter(has_text=asset)
        await page.get_by_role("button", name=f"Add demo {asset}").click()
        await expect(notice(page, f"{asset} of demo funds added")).to_be_visible()
        await expect(row.get_by_role("cell").nth(1)).not_to_have_text("0.00")


def notice(page: Page, text: str) -> Locator:
    """The newest notice with this text."""
    return page.get_by_role("log").locator(".notice").filter(has_text=text).last


async def choose_kind(page: Page, kind: str) -> None:
    """Choose one of the orders that wait for a price, by its name in the API."""
    await page.get_by_role("radio", name="Stop …").check()
    await page.get_by_label("Kind of stop").select_option(kind)


async def say_yes(page: Page) -> None:
    """Answer the question that stands before what cannot be taken back."""
    await page.get_by_role("button", name="Yes", exact=True).click()
