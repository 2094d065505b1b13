"""Who controls bots is who is an administrator now, whatever a token of a while ago says."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.access.auth import ALL_PERMISSIONS, Principal
from gateway.errors import ApiError
from gateway.rest.bots import add_bot, bots, remove_bot, start_bot
from gateway.rest.route import Call
from gateway.types.bots import Bot, BotOrder, BotParameter, NewBot

MAKER = Bot(
    name="maker",
    strategy="quoting",
    symbols=["BTC-USDT"],
    role="maker",
    state="trading",
    parameters=[BotParameter("edge_bps", "int", "5", "how far it stays away", "7")],
    orders=[BotOrder("BTC-USDT", 1, "buy", "1.00", "1.00")],
)


class Bots:
    """The bots' process."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def bots(self) -> list[Bot]:
        return [MAKER]

    async def strategies(self) -> list[Any]:
        return []

    async def start(self, name: str) -> Bot:
        self.done.append("start")
        return MAKER

    async def add(self, wanted: NewBot) -> Bot:
        self.done.append("add")
        return MAKER

    async def remove(self, name: str) -> None:
        self.done.append("remove")


def call_of(
    role_now: str | None, *, everybody: bool = False, body: Any = None, proves: bool = True
) -> Call:
    """A call with a token that says admin, of a login that has another role by now."""

    async def check_operator(who: Principal, code: str | None, ip: str, *, is_fresh: bool) -> None:
        if not proves:
            raise ApiError(403, "SECOND_FACTOR_REQUIRED", "a code is needed")

    async def operator(user_id: int) -> Any:
        if role_now is None:
            raise ApiError(403, "FORBIDDEN", "this login may not operate the venue")
        return SimpleNamespace(role=role_now)

    services = SimpleNamespace(
        bots=Bots(),
        accounts=SimpleNamespace(check_operator=check_operator),
        admin=SimpleNamespace(operator=operator),
        everybody_controls_bots=everybody,
    )
    holder = Principal(7, 1000, ALL_PERMISSIONS, email="a@example.com", role="admin")
    request = SimpleNamespace(match_info={"name": "maker"}, headers={}, remote="10.0.0.1")
    return Call(cast(Any, request), cast(Any, services), body, None, holder)


@pytest.mark.parametrize("role", [None, "support"])
async def test_a_role_that_was_taken_away_controls_no_bots(role: str | None) -> None:
    call = call_of(role)
    for act in (start_bot, remove_bot):
        with pytest.raises(ApiError, match="administrator"):
            await act(call)
    assert cast(Any, call.services.bots).done == []


async def test_who_does_not_control_bots_does_not_see_what_they_are_set_to() -> None:
    (told,) = (await bots(call_of(None))).bots
    assert (told.name, told.state, told.parameters, told.orders) == ("maker", "trading", [], [])
    for call in (call_of("admin"), call_of(None, everybody=True)):
        assert (await bots(call)).bots == [MAKER]


async def test_in_a_demo_too_only_administrators_have_bots_call_elsewhere() -> None:
    wanted = NewBot(
        name="mine", strategy="quoting", symbols=["BTC-USDT"], parameters={"reference": "http://x"}
    )
    with pytest.raises(ApiError, match="administrator"):
        await add_bot(call_of(None, everybody=True, body=wanted))
    assert await add_bot(call_of("admin", body=wanted)) == MAKER


async def test_an_administrator_controls_bots_with_a_second_factor_alone() -> None:
    elsewhere = NewBot(
        name="mine", strategy="quoting", symbols=["BTC-USDT"], parameters={"reference": "http://x"}
    )
    call = call_of("admin", proves=False)
    for act in (start_bot, remove_bot):
        with pytest.raises(ApiError) as refused:
            await act(call)
        assert refused.value.code == "SECOND_FACTOR_REQUIRED"
    in_demo = call_of("admin", everybody=True, body=elsewhere, proves=False)
    with pytest.raises(ApiError) as refused:
        await add_bot(in_demo)
    assert refused.value.code == "SECOND_FACTOR_REQUIRED"
    assert cast(Any, call.services.bots).done == cast(Any, in_demo.services.bots).done == []
    # A demo leaves them to everybody, with a second factor or without.
    await start_bot(call_of(None, everybody=True, proves=False))
