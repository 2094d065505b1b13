"""Acts on users: what a login is for, and what it and its accounts may do."""

from typing import Any

from accounts.admin.acts import SetRole, SetUserStatus
from accounts.admin.audit_log_repository import Actor, Effect
from accounts.admin.deeds import Deed
from accounts.admin.operators_repository import (
    has_active_admin,
    locked_user,
    set_role,
    set_status,
)
from accounts.admin.roles import COMMAND_LINE, Role, may_stop
from accounts.admin.standing import Standing
from accounts.database import Connection
from accounts.errors import Refusal, RefusalCode
from domain.clock import Clock
from transport.errors import TransportError


class UserDeeds:
    """Makes deeds of acts on users."""

    def __init__(self, standing: Standing, clock: Clock) -> None:
        self._standing = standing
        self._clock = clock

    def role(self, act: SetRole, actor: Actor) -> Deed:
        """Return how a role is given. It counts from the next request on."""

        async def begin(connection: Connection) -> dict[str, Any]:
            role, _ = await other_user(connection, act.user_id, actor)
            if Role(act.role) is Role.ADMIN and role != Role.ADMIN:
                await _refuse_one_hand(connection, actor)
            await set_role(connection, act.user_id, act.role)
            return {"role": role}

        async def finish() -> Effect:
            return Effect("done", after={"role": act.role})

        return Deed(f"user:{act.user_id}", begin, finish)

    def status(self, act: SetUserStatus, actor: Actor) -> Deed:
        """Return how a login is stopped or let go on: here at once, in the engine right after."""

        async def begin(connection: Connection) -> dict[str, Any]:
            role, before = await other_user(connection, act.user_id, actor)
            if not may_stop(actor.role, role, before, act.status):
                message = (
                    f"support cannot move a login of role {role} from {before} to {act.status}"
                )
                raise Refusal(RefusalCode.FORBIDDEN, message)
            if before == "closed" and act.status != "closed":
                raise Refusal(RefusalCode.ENGINE_REFUSED, "a closed login stays closed")
            await set_status(connection, act.user_id, act.status, self._clock.now_ns())
            return {"status": before}

        return Deed(f"user:{act.user_id}", begin, lambda: self._tell(act))

    async def _tell(self, act: SetUserStatus) -> Effect:
        after = {"status": act.status}
        try:
            events = await self._standing.tell()
        except TransportError as error:
            self._standing.tell_soon()
            if await self._standing.is_known(act.user_id):
                return Effect("done", after=after)  # it was another's account
            detail = f"the login is {act.status}; the engine will be told: {error}"
            return Effect("unknown", detail, after)
        return Effect("done", after=after, events=events)


async def _refuse_one_hand(connection: Connection, actor: Actor) -> None:
    """Whoever holds the machine makes an administrator alone where there is none to agree."""
    if actor.role != COMMAND_LINE or await has_active_admin(connection):
        message = "another administrator needs two operators: propose it, one of them agrees"
        raise Refusal(RefusalCode.FORBIDDEN, message)


async def other_user(connection: Connection, user_id: int, actor: Actor) -> tuple[str, str]:
    """Return (role, status) of a user who is not the actor, locked until the transaction ends.

    Raises:
        Refusal: FORBIDDEN, NOT_FOUND.
    """
    if user_id == actor.user_id:
        raise Refusal(RefusalCode.FORBIDDEN, "nobody changes their own role or status")
    found = await locked_user(connection, user_id)
    if found is None:
        raise Refusal(RefusalCode.NOT_FOUND, "no such user")
    return found
