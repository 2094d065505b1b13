"""A session that goes on: the new refresh token reaches whoever used the old one up."""

from types import SimpleNamespace
from typing import Any, cast

from gateway.calls.identity_rows import Session, UserRow
from gateway.rest.route import REFRESH_COOKIE, Call
from gateway.rest.sessions import refresh

USER = UserRow(7, "a@example.com", "user", 1000, 1, True, True, 9)


class OneAnswer:
    """Accounts that is there for one question and then away."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def refresh(self, token: str) -> Session:
        self.asked.append(token)
        return Session("access", 900, "the next one", 3_600, USER)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"accounts is asked for {name} as well: it may be away by now")


async def test_a_refresh_asks_accounts_once_so_that_the_next_token_is_not_lost() -> None:
    accounts = OneAnswer()
    call = Call(
        cast(Any, SimpleNamespace(cookies={REFRESH_COOKIE: "the old one"})),
        cast(Any, SimpleNamespace(accounts=accounts)),
        None,
        None,
        None,
    )
    reply = await refresh(call)
    assert (accounts.asked, reply.cookie) == (["the old one"], "the next one")
    assert (reply.value.access_token, reply.value.user.account_id) == ("access", 1000)
    assert reply.value.user.recovery_codes_left == 9
