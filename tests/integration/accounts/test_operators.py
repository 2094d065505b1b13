"""What operators do over the internal interface: real engine, database and accounts process."""

from typing import Any

import asyncpg
import pytest

from domain.orders import AccountStatus, Side
from service.errors import CallFailed
from tests.integration.accounts.conftest import Venue

pytestmark = pytest.mark.asyncio(loop_scope="module")
ATOMS = 10**8


async def acted(venue: Venue, by: int | None = None, **act: Any) -> dict[str, Any]:
    """Have an operator do something; without a user at the command line."""
    asked = {"act": act, "user_id": by, "name": "grace", "ip": "127.0.0.1", "reason": "story"}
    told: dict[str, Any] = await venue.accounts.call("POST", "/internal/admin/acts", asked)
    return told


async def refused(venue: Venue, by: int | None = None, **act: Any) -> CallFailed:
    """Have something asked for that is not done."""
    with pytest.raises(CallFailed) as raised:
        await acted(venue, by, **act)
    return raised.value


async def logged(venue: Venue, **query: Any) -> list[dict[str, Any]]:
    """Return the log, newest first."""
    told = await venue.accounts.call("GET", "/internal/admin/acts", **query)
    found: list[dict[str, Any]] = told["acts"]
    return found


async def operator(venue: Venue, role: str) -> int:
    """Return a new user of a role."""
    numbers = (await venue.accounts.call("GET", "/internal/admin/users", limit=1000))["users"]
    user = await venue.sign_up(f"{role}-{len(numbers)}@example.org")
    user_id = int(user["user_id"])
    admins = [one for one in numbers if (one["role"], one["status"]) == ("admin", "active")]
    if role == "admin" and admins:
        asked = await acted(venue, act="propose_administrator", user_id=user_id)
        number = asked["after"]["proposal_id"]
        agree = {"act": "decide_proposal", "proposal_id": number, "decision": "approve"}
        await acted(venue, admins[0]["user_id"], **agree)
    elif role != "user":
        await acted(venue, act="set_role", user_id=user_id, role=role)
    return user_id


async def test_every_act_is_in_the_log_with_what_was_before_and_after(shared_venue):
    done = await acted(
        shared_venue, act="create_instrument", symbol="oil-usd", tick_size="0.01", lot_size="0.1",
        status="trading",
    )  # fmt: skip
    assert (done["outcome"], done["subject"], done["actor"]) == (
        "done",
        "instrument:OIL-USD",
        "grace",
    )
    assert done["before"] == {} and done["after"]["status"] == "trading"
    changed = await acted(shared_venue, act="update_instrument", symbol="OIL-USD", taker_fee_ppm=70)
    assert (changed["before"], changed["after"]) == ({"taker_fee_ppm": 0}, {"taker_fee_ppm": 70})
    error = await refused(shared_venue, act="update_instrument", symbol="OIL-USD", tick_size="0.5")
    assert error.status == 422 and "it cannot go there from where it is now" in error.message
    log = await logged(shared_venue, subject="instrument:OIL-USD")
    assert [(one["action"], one["outcome"]) for one in log] == [
        ("update_instrument", "refused"),
        ("update_instrument", "done"),
        ("create_instrument", "done"),
    ]
    page = await logged(shared_venue, subject="instrument", limit=1, before_act_id=log[0]["act_id"])
    assert [one["act_id"] for one in page] == [log[1]["act_id"]]
    assert await logged(shared_venue, subject="instrument:OIL-USD", outcome="refused") == log[:1]
    told = await shared_venue.accounts.call("GET", "/internal/admin/instruments/OIL-USD/versions")
    versions = told["versions"]
    assert [(one["taker_fee_ppm"], one["status"]) for one in versions] == [
        (70, "trading"),
        (0, "trading"),
        (0, "halt"),
    ]
    assert [one["act_id"] for one in versions] == [log[1]["act_id"], *[log[2]["act_id"]] * 2]


async def test_the_log_takes_no_change(shared_venue, postgres_cluster):
    await acted(shared_venue, act="set_venue_status", status="open")
    connection = await asyncpg.connect(postgres_cluster.url("shared_venue"))
    try:
        for table in ("audit_log", "audit_outcomes", "instrument_versions"):
            for change in ("UPDATE {} SET ts_ns = 1", "DELETE FROM {}", "TRUNCATE {} CASCADE"):
                with pytest.raises(asyncpg.RaiseError, match="immutable"):
                    await connection.execute(change.format(f"accounts.{table}"))
    finally:
        await connection.close()


async def test_each_role_may_do_what_it_is_for(shared_venue):
    admin, support, user = [
        await operator(shared_venue, one) for one in ("admin", "support", "user")
    ]
    other = await operator(shared_venue, "user")
    for nobody in (user, await operator(shared_venue, "market_maker")):
        error = await refused(shared_venue, nobody, act="set_venue_status", status="halted")
        assert (error.status, error.code) == (403, "FORBIDDEN")
    assert (
        await refused(shared_venue, support, act="set_venue_status", status="halted")
    ).status == 403
    assert (
        await refused(shared_venue, support, act="set_role", user_id=support, role="admin")
    ).status == 403
    stop = {"act": "set_user_status", "user_id": other}
    assert (await acted(shared_venue, support, **stop, status="suspended"))["outcome"] == "done"
    for status in ("cancel_only", "active", "closed"):
        assert (await refused(shared_venue, support, **stop, status=status)).status == 403
    stop_admin = {"act": "set_user_status", "user_id": admin, "status": "suspended"}
    assert (await refused(shared_venue, support, **stop_admin)).status == 403
    assert (await refused(shared_venue, admin, **stop_admin)).status == 403  # oneself
    assert (await acted(shared_venue, admin, **stop, status="active"))["outcome"] == "done"
    # A role that was taken away is gone with the next request.
    await acted(shared_venue, act="set_role", user_id=admin, role="user")
    assert (
        await refused(shared_venue, admin, act="set_venue_status", status="halted")
    ).status == 403


async def test_a_stopped_login_is_out_everywhere(shared_venue):
    email = "to-be-stopped@example.org"
    user = await shared_venue.sign_up(email, USDT=5_000 * ATOMS)
    account_id = user["account_id"]
    entered = await shared_venue.order(account_id, Side.BUY, 100, 10)
    key = await shared_venue.accounts.call(
        "POST", "/internal/api-keys",
        {"user_id": user["user_id"], "label": "bot", "permissions": ["trade"]},
    )  # fmt: skip
    login = {"email": email, "password": "correct horse"}
    session = await shared_venue.accounts.call("POST", "/internal/login", login)
    secret = f"/internal/api-keys/{key['api_key']}/secret"
    await shared_venue.accounts.call("GET", secret)

    act = {"act": "set_user_status", "user_id": user["user_id"]}
    done = await acted(shared_venue, **act, status="suspended")
    assert (done["before"], done["after"]) == ({"status": "active"}, {"status": "suspended"})
    order = await shared_venue.accounts.call(
        "GET", f"/internal/accounts/{account_id}/orders/{entered.order_id}"
    )
    assert order["order"]["status"] == 5  # canceled
    told = await shared_venue.accounts.call("GET", f"/internal/admin/users/{user['user_id']}")
    assert [one["status"] for one in told["accounts"]] == ["suspended"]
    stopped = await shared_venue.accounts.call("GET", "/internal/stopped-users")
    assert user["user_id"] in stopped["user_ids"]
    refresh = {"refresh_token": session["refresh_token"]}
    for status, method, path, body in (
        (401, "POST", "/internal/refresh", refresh),
        (403, "POST", "/internal/login", login),
        (404, "GET", secret, None),
    ):
        with pytest.raises(CallFailed) as raised:
            await shared_venue.accounts.call(method, path, body)
        assert raised.value.status == status, path

    await acted(shared_venue, **act, status="active")
    await shared_venue.accounts.call("POST", "/internal/login", login)
    await shared_venue.accounts.call("GET", secret)
    assert (await shared_venue.order(account_id, Side.BUY, 100, 10)).order_id
    await acted(shared_venue, **act, status="closed")
    assert (await refused(shared_venue, **act, status="active")).code == "ENGINE_REFUSED"


async def test_a_login_that_goes_on_leaves_accounts_stopped_that_were_stopped_alone(shared_venue):
    user = await shared_venue.sign_up("two-accounts@example.org")
    of_login = {"act": "set_user_status", "user_id": user["user_id"]}
    other = await shared_venue.accounts.call(
        "POST", f"/internal/users/{user['user_id']}/accounts", {"name": "bot"}
    )
    alone = {"act": "set_account_status", "account_id": other["account_id"]}

    async def said() -> list[str]:
        terms = (await shared_venue.accounts.call("GET", "/internal/venue"))["account_terms"]
        status = {one["account_id"]: one["account_status"] for one in terms}
        return [
            AccountStatus(status.get(one, 1)).name
            for one in (user["account_id"], other["account_id"])
        ]

    await acted(shared_venue, **alone, status="suspended")
    assert await said() == ["ACTIVE", "SUSPENDED"]
    await acted(shared_venue, **of_login, status="cancel_only")
    assert await said() == ["CANCEL_ONLY", "SUSPENDED"]
    error = await refused(shared_venue, **alone, status="active")
    assert error.code == "ENGINE_REFUSED" and "its login is cancel_only" in error.message
    await acted(shared_venue, **of_login, status="active")
    assert await said() == ["ACTIVE", "SUSPENDED"]
    await acted(shared_venue, **alone, status="active")
    assert await said() == ["ACTIVE", "ACTIVE"]
