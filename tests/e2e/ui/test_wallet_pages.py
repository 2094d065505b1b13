"""The pages of an account's records: what it has, where that came from, and all that it did."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.ui.screen import notice, sign_up

WAIT_MS = 15_000
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
THEMES: dict[Any, str] = {"dark": "night", "light": "day"}
PLACE = """async ([body]) => {
  const refresh = await fetch('/api/v1/auth/refresh', { method: 'POST' });
  const { access_token } = await refresh.json();
  const headers = { Authorization: `Bearer ${access_token}`, 'Content-Type': 'application/json' };
  const sent = { method: 'POST', headers, body: JSON.stringify(body) };
  const answer = await fetch('/api/v1/orders', sent);
  return (await answer.json()).status;
}"""


async def newcomer(page: Page) -> str:
    """Become somebody new on a page that asks for it; returns the e-mail address."""
    await expect(page.get_by_text("Log in to see this page.")).to_be_visible()
    return await sign_up(page)


async def give(page: Page, asset: str) -> None:
    """Take demo funds on the page of deposits."""
    await page.get_by_role("button", name=f"Add demo {asset}").click()
    await expect(notice(page, f"{asset} of demo funds added")).to_be_visible()


async def buy(page: Page) -> None:
    """Spend 100 USDT at the market, as a program of the same user would."""
    body = {"symbol": "BTC-USDT", "side": "buy", "type": "market", "quote_budget": "100"}
    assert await page.evaluate(PLACE, [body]) in ("filled", "expired", "canceled")
    await page.reload()
    await expect(page.get_by_role("banner").get_by_role("button", name="Log out")).to_be_visible()


async def test_demo_funds_have_a_worth_and_a_trail_with_their_other_side(open_page: Any) -> None:
    page = await open_page(path="/wallet/deposit")
    await newcomer(page)
    await give(page, "USDT")
    deposits = page.get_by_role("table", name="Deposits")
    await expect(deposits.get_by_role("row").filter(has_text="Faucet")).to_contain_text("10,000.00")

    await page.get_by_role("link", name="Balances").click()
    await expect(page.get_by_text("Worth 10,000.00 USDT in all")).to_be_visible()
    await page.get_by_label("Hide zero balances").check()
    balances = page.get_by_role("table", name="Balances")
    await expect(balances.locator("tbody tr")).to_have_count(1)
    await page.get_by_label("Value in").select_option("BTC")
    await expect(page.get_by_text(re.compile(r"Worth 0\.\d+ BTC in all"))).to_be_visible()
    await expect(page.get_by_text("At the last prices of BTC-USDT")).to_be_visible()

    await page.get_by_role("link", name="Ledger USDT").click()
    row = page.get_by_role("table", name="Ledger").locator("tbody tr")
    await expect(row).to_have_count(1)
    for text in ("Deposit", "Outside world", "+10,000.00"):
        await expect(row).to_contain_text(text)
    await page.get_by_label("Kind").select_option("trade")
    await expect(page.get_by_text("Nothing here fits the filters.")).to_be_visible()


async def test_a_fill_is_found_again_by_its_address_and_saved_as_a_file(
    open_page: Any, tmp_path: Path
) -> None:
    page = await open_page(path="/wallet/deposit")
    await newcomer(page)
    await give(page, "USDT")
    await buy(page)

    await page.get_by_role("link", name="Orders", exact=True).click()
    await page.get_by_role("link", name="Order history").click()
    await page.get_by_role("button", name="Details of order").click()
    story = page.get_by_role("list", name="What happened")
    await expect(story.get_by_role("listitem").first).to_contain_text("Accepted")
    await expect(story.get_by_role("listitem").nth(1)).to_contain_text("Taker")

    await page.get_by_label("Side").select_option("sell")
    await expect(page.get_by_text("Nothing here fits the filters.")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("Side")).to_have_value("sell")
    await page.get_by_role("button", name="Clear filters").click()
    await expect(story).to_be_visible()

    await page.get_by_role("link", name="Fills").click()
    fills = page.get_by_role("table", name="Fills").locator("tbody tr")
    await expect(fills.first).to_contain_text("BTC-USDT")
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="CSV").click()
    file = tmp_path / "fills.csv"
    await (await saved.value).save_as(file)
    lines = file.read_text().splitlines()
    assert len(lines) == 1 + await fills.count()
    assert "trade_id" in lines[0]


async def confirm_email(page: Page, email: str) -> None:
    """Enter the code that the demo's mail shows."""
    await page.get_by_role("button", name="Confirm", exact=True).click()
    dialog = page.get_by_role("dialog", name="Verify your email")
    await dialog.get_by_role("button", name="Send a code").click()
    box = f"/api/v1/demo/mail?address={email}"
    waits = "async (box) => (await (await fetch(box)).json()).mail.length > 1"
    # The first came at sign-up; the code asked for last is the one that counts.
    await page.wait_for_function(waits, arg=box, polling=100)
    await dialog.get_by_role("button", name="Show the demo’s mail").click()
    await dialog.get_by_role("button", name="Use code").click()
    await dialog.get_by_role("button", name="Verify", exact=True).click()
    await expect(dialog).to_be_hidden()


async def add_address(page: Page) -> None:
    """Let USDT go to an address, after a slip."""
    await page.get_by_role("button", name="Add an address").click()
    dialog = page.get_by_role("dialog", name="New address for USDT")
    await dialog.get_by_label("Address").fill("a b")
    await expect(dialog.get_by_text("no spaces")).to_be_visible()
    await dialog.get_by_label("Address").fill("bc1-mine")
    await dialog.get_by_role("button", name="Add to my list").click()
    await expect(notice(page, "bc1-mine may get USDT now")).to_be_visible()


async def test_money_leaves_to_an_address_on_the_list_once_its_owner_is_known(
    open_page: Any,
) -> None:
    page = await open_page(path="/wallet/deposit")
    email = await newcomer(page)
    await give(page, "USDT")
    await page.get_by_role("link", name="Withdraw", exact=True).click()
    form = page.get_by_role("form", name="Withdraw")
    await form.get_by_label("Asset").select_option("USDT")
    await expect(form.get_by_role("button", name="Withdraw")).to_be_disabled()
    await confirm_email(page, email)
    await add_address(page)

    await expect(form.get_by_label("Address")).to_have_value("bc1-mine")
    await form.get_by_label("Amount").fill("10000.5")
    await expect(form.get_by_text("Only 10,000 USDT available.")).to_be_visible()
    await form.get_by_label("Amount").fill("25.5")
    await form.get_by_role("button", name="Withdraw").click()
    await expect(notice(page, "Withdrawal of 25.5 USDT")).to_be_visible()
    row = page.get_by_role("table", name="Withdrawals").locator("tbody tr").first
    await expect(row).to_contain_text("25.50 USDT")
    await row.get_by_role("button", name="Steps of withdrawal").click()
    steps = page.get_by_role("list", name="Steps of withdrawal").get_by_role("listitem")
    await expect(steps.first).to_contain_text("Asked for, by owner")
    # As much as the demo lets out in a day, less this.
    await expect(form.get_by_text("999,974.5 USDT")).to_be_visible()


@pytest.mark.parametrize(
    "paths",
    [
        (("/wallet", "Worth"), ("/wallet/ledger", "Exchange’s fee account")),
        (("/wallet/equity", "Made by trading and prices"), ("/wallet/deposit", "Faucet")),
        (("/wallet/statements", "Trading and fees"), ("/wallet/transfer", "No transfers yet.")),
        (("/wallet/withdraw", "No withdrawals yet."), ("/orders", "No open orders.")),
        (("/orders/history", "Buy"), ("/orders/fills", "Buy")),
    ],
)
async def test_the_pages_of_records_keep_every_rule_of_axe(
    open_page: Any, axe_violations: Any, paths: tuple[tuple[str, str], ...]
) -> None:
    page = await open_page(path="/wallet/deposit")
    await newcomer(page)
    await give(page, "USDT")
    await buy(page)
    origin = await page.evaluate("location.origin")
    for path, text in paths:
        await page.goto(origin + path)
        shown = page.locator("main").get_by_text(text).locator("visible=true")
        await expect(shown.first).to_be_visible(timeout=WAIT_MS)
        for theme, size in (("dark", DESKTOP), ("light", PHONE)):
            await page.emulate_media(color_scheme=theme)
            await page.set_viewport_size(size)
            await expect(page.locator(f"html[data-theme={THEMES[theme]}]")).to_be_attached(
                timeout=WAIT_MS
            )
            assert await axe_violations(page) == [], (theme, size, path)
