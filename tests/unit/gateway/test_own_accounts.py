"""Who may choose which account, and for how long what accounts said is believed."""

from dataclasses import replace

import pytest

from gateway.access.auth import Principal
from gateway.access.own_accounts import ASKED_AGAIN_S, COPIES_KNOWN_S, KNOWN_S, OwnAccounts
from gateway.calls.sub_account_rows import OwnAccountRow
from gateway.errors import ApiError

LOGIN = Principal(7, 1_000, frozenset({"read", "trade"}), email="me@example.org")
KEY = Principal(7, 1_000, frozenset({"read", "trade"}), api_key="key")


class Accounts:
    """What accounts says, and how often it was asked."""

    def __init__(self) -> None:
        self.own = [1_000, 1_001]
        self.copies = [2_000]
        self.asked = 0
        self.now_s = 100.0

    async def own_accounts(self, user_id: int) -> list[OwnAccountRow]:
        self.asked += 1
        return [OwnAccountRow(one, "a", False, False, 1) for one in self.own]

    async def copied_accounts(self, api_key: str) -> list[int]:
        self.asked += 1
        return self.copies


@pytest.fixture
def accounts() -> Accounts:
    return Accounts()


@pytest.fixture
def own(accounts: Accounts) -> OwnAccounts:
    return OwnAccounts(accounts, lambda: accounts.now_s)


async def refused(own: OwnAccounts, principal: Principal, account_id: int) -> None:
    with pytest.raises(ApiError) as error:
        await own.chosen(principal, account_id)
    assert (error.value.status, error.value.code) == (404, "NOT_FOUND")


async def test_the_main_account_is_nobodys_question(accounts: Accounts, own: OwnAccounts) -> None:
    assert await own.chosen(LOGIN, None) == await own.chosen(LOGIN, 1_000) == LOGIN
    assert await own.chosen(KEY, 1_000) == KEY
    assert accounts.asked == 0


async def test_a_login_chooses_among_its_own(accounts: Accounts, own: OwnAccounts) -> None:
    assert await own.chosen(LOGIN, 1_001) == replace(LOGIN, account_id=1_001)
    assert await own.chosen(LOGIN, 1_001) == replace(LOGIN, account_id=1_001)
    await refused(own, LOGIN, 2_000)
    assert accounts.asked == 1


async def test_a_new_account_can_be_chosen_soon_and_guessing_asks_rarely(
    accounts: Accounts, own: OwnAccounts
) -> None:
    for guess in range(3_000, 3_100):
        await refused(own, LOGIN, guess)
    assert accounts.asked == 1
    accounts.own.append(1_002)
    accounts.now_s += ASKED_AGAIN_S
    assert (await own.chosen(LOGIN, 1_002)).account_id == 1_002
    accounts.now_s += KNOWN_S / 2
    assert (await own.chosen(LOGIN, 1_002)).account_id == 1_002
    assert accounts.asked == 2


async def test_a_key_sees_the_fills_of_what_it_was_let_see_and_loses_its_own_rights_there(
    accounts: Accounts, own: OwnAccounts
) -> None:
    chosen = await own.chosen(KEY, 2_000)
    assert (chosen.account_id, chosen.permissions) == (2_000, frozenset({"drop_copy"}))
    await refused(own, KEY, 1_001)  # of its own login, and yet not its account


async def test_what_an_operator_took_back_is_soon_refused(
    accounts: Accounts, own: OwnAccounts
) -> None:
    await own.chosen(KEY, 2_000)
    accounts.copies = []
    assert await own.may_choose(KEY, 2_000)
    accounts.now_s += COPIES_KNOWN_S
    assert not await own.may_choose(KEY, 2_000)
    await refused(own, KEY, 2_000)
