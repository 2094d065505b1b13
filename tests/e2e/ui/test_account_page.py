"""What concerns a login: the ways in, its second factor, its keys and accounts, all by hand."""

import base64
import contextlib
import secrets
from typing import Any

import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.async_api import Locator, Page, expect

from client.rest import OpenbellClient
from tests.e2e.ui.screen import PASSWORD, add_demo_funds, notice, sign_up

PHONE = {"width": 360, "height": 740}
LOOKS_MAX = 20
OTHER_PASSWORD = "another-horse-battery"
SHOWN = "main .recovery-codes li, dialog .recovery-codes li"


async def use_mailed_code(page: Page, form: Page | Locator, subject: str) -> None:
    """Put the code that the demo caught into the form, once its mail is there."""
    mail = form.locator(".demo-subject").filter(has_text=subject)
    for _ in range(LOOKS_MAX):
        async with page.expect_response("**/demo/mail*"):
            await form.get_by_role("button", name="Show the demo").click()
        with contextlib.suppress(AssertionError):
            await expect(mail).to_be_visible(timeout=1_000)
            break
    await form.get_by_role("button", name="Use code").click()


async def sign_up_at_its_address(page: Page) -> str:
    """Make a new user by keyboard alone; returns the email."""
    email = f"account-{secrets.token_hex(6)}@example.com"
    await expect(page.get_by_label("Email")).to_be_focused()
    await page.keyboard.type(email)
    await page.get_by_label("Password", exact=True).focus()
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("banner").get_by_text(email)).to_be_visible()
    return email


async def verify_email(page: Page) -> None:
    await page.get_by_role("button", name="Verify it").click()
    dialog = page.get_by_role("dialog", name="Verify your email")
    await dialog.get_by_role("button", name="Send a code").click()
    await use_mailed_code(page, dialog, "confirm")
    await dialog.get_by_role("button", name="Verify", exact=True).click()
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_text("not verified")).to_be_hidden()


async def enrol(page: Page) -> list[str]:
    """Set the second factor up; returns the recovery codes."""
    await page.get_by_role("button", name="Set it up").click()
    dialog = page.get_by_role("dialog", name="Set up the second factor")
    await dialog.get_by_label("Your password, again").fill(PASSWORD)
    await page.keyboard.press("Enter")
    secret = (await dialog.get_by_test_id("totp-secret").inner_text()).replace(" ", "")
    code = dialog.get_by_label("The code that the app shows now")
    await expect(code).to_be_focused()
    await code.fill(pyotp.TOTP(secret).now())
    await page.keyboard.press("Enter")
    await expect(page.locator(SHOWN)).to_have_count(10)
    codes = await page.locator(SHOWN).all_inner_texts()
    await dialog.get_by_role("button", name="I have kept them").click()
    await expect(page.get_by_text("It is on. 10 recovery codes are left.")).to_be_visible()
    return codes


async def log_out(page: Page) -> None:
    await page.get_by_role("banner").get_by_role("button", name="Log out").click()
    await expect(page.get_by_role("banner").get_by_role("button", name="Log in")).to_be_visible()


async def answer_the_challenge(page: Page, code: str, email: str) -> None:
    field = page.get_by_label("Code of the app, or a recovery code")
    await expect(field).to_be_focused()
    await field.fill(code)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("banner").get_by_text(email)).to_be_visible()


@pytest.mark.timeout(240)
async def test_a_new_user_verifies_enrols_and_comes_in_by_every_way(
    open_page: Any, expected_complaints: list[str]
) -> None:
    # A login that must go on with its second factor is an answer of 403.
    expected_complaints.append("status of 403")
    page = await open_page(path="/signup?next=/account")
    email = await sign_up_at_its_address(page)
    await expect(page.get_by_role("heading", name="Account")).to_be_visible()
    await verify_email(page)
    await page.get_by_role("link", name="Security").click()
    codes = await enrol(page)
    await log_out(page)

    await page.goto(page.url.replace("/account/security", "/login?next=/account"))
    await page.get_by_label("Email").fill(email)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    await answer_the_challenge(page, codes[0], email)
    await expect(page.get_by_text("on, 9 recovery codes left")).to_be_visible()
    await log_out(page)

    await page.goto(page.url.replace("/account", "/reset"))
    await page.get_by_label("Email").fill(email)
    await page.keyboard.press("Enter")
    await page.get_by_label("New password").fill(OTHER_PASSWORD)
    await use_mailed_code(page, page.locator("main"), "password")
    await page.get_by_role("button", name="Set the password").click()
    await expect(notice(page, "The password is new.")).to_be_visible()

    await page.get_by_role("button", name="Log in with a code by email").click()
    await page.get_by_label("Email").fill(email)
    await page.keyboard.press("Enter")
    await use_mailed_code(page, page.locator("main"), "log in")
    await page.locator("main").get_by_role("button", name="Log in", exact=True).click()
    await answer_the_challenge(page, codes[1], email)
    # The ways in need no feed; what they lead to has it, and the account's own part of it.
    await expect(page.locator(".phase")).to_have_text("Live")
    await expect(page.get_by_text("No open orders.")).to_be_visible()


async def test_the_password_is_changed_and_the_other_session_is_ended_by_hand(
    open_page: Any, exchange_url: str, expected_complaints: list[str]
) -> None:
    # A wrong password is an answer of 403.
    expected_complaints.append("status of 403")
    page = await open_page(path="/account/security")
    await expect(page.get_by_text("Log in to see this page.")).to_be_visible()
    email = await sign_up(page)
    async with OpenbellClient(exchange_url) as elsewhere:
        await elsewhere.login(email, PASSWORD)
    sessions = page.get_by_role("table", name="Sessions")
    await page.reload()
    await expect(sessions.get_by_role("row")).to_have_count(3)
    await page.get_by_role("button", name="End the session of Python").click()
    await expect(notice(page, "The session has ended")).to_be_visible()
    await expect(sessions.get_by_role("row")).to_have_count(2)

    await page.get_by_label("Password until now").fill("not-the-password")
    await page.get_by_label("New password").fill(OTHER_PASSWORD)
    await page.get_by_role("button", name="Change the password").click()
    await expect(page.get_by_text("The password is wrong.")).to_be_visible()
    await page.get_by_label("Password until now").fill(PASSWORD)
    await page.get_by_role("button", name="Change the password").click()
    await expect(notice(page, "The password is changed")).to_be_visible()


async def make_key(page: Page, label: str, public_key: str | None = None) -> Locator:
    """Make a key by the dialog; returns the one that shows it."""
    await page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog", name="New API key")
    await dialog.get_by_label("Label").fill(label)
    if public_key is not None:
        await dialog.get_by_role("radio", name="Your key pair").check()
        await dialog.get_by_label("Public key").fill(public_key)
    await dialog.get_by_role("button", name="Make the key").click()
    return page.get_by_role("dialog", name=f"The key {label} is made")


async def test_a_key_is_made_shown_once_used_and_revoked(
    open_page: Any, exchange_url: str, axe_violations: Any
) -> None:
    page = await open_page(path="/account/keys")
    await sign_up(page)
    shown = await make_key(page, "market maker")
    await expect(shown.locator(".secret")).to_have_count(2)
    api_key, api_secret = await shown.locator(".secret").all_inner_texts()
    await expect(shown.get_by_role("region", name="ccxt")).to_contain_text(exchange_url)
    await expect(shown.get_by_role("region", name="ccxt")).to_contain_text(api_secret)
    assert await axe_violations(page) == []
    await shown.get_by_role("button", name="I have kept the secret").click()
    async with OpenbellClient(exchange_url, api_key=api_key, api_secret=api_secret) as program:
        assert await program.balances() == []
    await expect(page.get_by_text(api_secret)).to_have_count(0)

    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    pair = await make_key(page, "pair", base64.b64encode(public).decode())
    await expect(pair.get_by_text("signs with your private key")).to_be_visible()
    await pair.locator(".primary").click()

    keys = page.get_by_role("table", name="API keys")
    await expect(keys.get_by_role("row")).to_have_count(3)
    await page.get_by_role("button", name="Revoke market maker").click()
    dialog = page.get_by_role("dialog", name="Revoke market maker")
    await dialog.get_by_role("button", name="Revoke", exact=True).click()
    await expect(notice(page, "The key market maker is revoked")).to_be_visible()
    await expect(keys.get_by_role("row")).to_have_count(2)


async def open_account(page: Page, name: str) -> None:
    await page.get_by_role("button", name="New account").click()
    await page.get_by_role("dialog", name="New account").get_by_label("Name").fill(name)
    await page.keyboard.press("Enter")
    await expect(notice(page, f"The account {name} is open")).to_be_visible()


async def transfer(page: Page, amount: str) -> None:
    form = page.get_by_role("form", name="Transfer")
    await form.get_by_label("Amount").fill(amount)
    await form.get_by_role("button", name="Transfer", exact=True).click()


@pytest.mark.timeout(240)
async def test_an_account_is_opened_funded_acted_for_emptied_and_closed(open_page: Any) -> None:
    page = await open_page()
    await sign_up(page)
    await add_demo_funds(page, "USDT")
    await page.get_by_role("link", name="Account", exact=True).click()
    await page.get_by_role("link", name="Sub-accounts").click()
    await open_account(page, "making")
    await transfer(page, "100000000")
    await expect(page.get_by_text("USDT available.")).to_be_visible()
    await transfer(page, "250.5")
    await expect(notice(page, "250.5 USDT moved to making")).to_be_visible()
    moved = page.get_by_role("table", name="Latest transfers")
    await expect(moved.get_by_role("row").nth(1)).to_contain_text("250.50 USDT")

    await page.get_by_role("button", name="Act for making").click()
    chosen = page.get_by_role("banner").get_by_label("Account")
    await expect(chosen.locator("option:checked")).to_have_text("making")
    await page.get_by_role("link", name="Trade", exact=True).click()
    available = page.locator(".area-wallet tr").filter(has_text="USDT").get_by_role("cell").nth(1)
    await expect(available).to_have_text("250.50")

    await page.goto(page.url.split("/trade")[0] + "/account/sub-accounts")
    await transfer(page, "250.5")
    await expect(notice(page, "250.5 USDT moved to main")).to_be_visible()
    await page.get_by_role("button", name="Close making").click()
    dialog = page.get_by_role("dialog", name="Close making")
    await dialog.get_by_role("button", name="Close it").click()
    row = page.get_by_role("table", name="Accounts").get_by_role("row").filter(has_text="making")
    await expect(row).to_contain_text("closed")
    await expect(chosen).to_have_count(0)


@pytest.mark.timeout(240)
async def test_axe_finds_nothing_on_the_pages_of_a_login(
    open_page: Any, axe_violations: Any
) -> None:
    for theme, size in (("dark", {}), ("light", {}), ("light", PHONE), ("dark", PHONE)):
        page = await open_page(path="/login", theme=theme, **size)
        await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        assert await axe_violations(page) == [], (theme, size)
        await sign_up(page)
        for path, landmark in (
            ("/account", "Second factor"),
            ("/account/security", "this one"),
            ("/account/keys", "No keys yet."),
            ("/account/sub-accounts", "Nobody else sees your fills."),
        ):
            await page.goto(page.url.split("/trade")[0].split("/account")[0] + path)
            await expect(page.get_by_text(landmark, exact=True).first).to_be_visible()
            width = await page.evaluate("document.documentElement.scrollWidth")
            assert width == page.viewport_size["width"], (path, size)
            assert await axe_violations(page) == [], (path, theme, size)
        await page.context.close()


async def test_a_newcomer_is_shown_around_by_keyboard_once_and_again_when_asked(
    open_page: Any, axe_violations: Any
) -> None:
    for size in ({}, PHONE):
        page = await open_page(**size)
        await sign_up(page)
        offer = page.get_by_role("region", name="Tour")
        card = page.get_by_role("dialog", name="Tour")
        await offer.get_by_role("button", name="Take the tour").click()
        await expect(card.get_by_role("heading", name="The chart")).to_be_visible()
        assert await axe_violations(page) == [], size
        for step in ("The order book", "The order", "Your balances", "Your orders"):
            await page.keyboard.press("Enter")
            await expect(card.get_by_role("heading", name=step, exact=True)).to_be_visible()
            await expect(page.locator(".tour-frame")).to_be_visible()
        await page.keyboard.press("ArrowLeft")
        await expect(card.get_by_role("heading", name="Your balances")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(card).to_be_hidden()
        await expect(offer).to_be_hidden()
        await page.reload()
        await expect(page.locator(".phase")).to_have_text("Live")
        await expect(offer).to_be_hidden()
        await page.get_by_role("button", name="Settings").click()
        await page.get_by_role("button", name="Take the tour").click()
        await expect(card.get_by_role("button", name="Next")).to_be_focused()
        await page.context.close()
