"""How another administrator is made: asked for by one operator, agreed to by another."""

from typing import Final

from accounts.admin.audit_log_repository import Actor, Effect
from accounts.admin.operators_repository import locked_user, set_role
from accounts.admin.proposals_repository import Proposal, conclude
from accounts.admin.roles import Role
from accounts.admin.user_deeds import other_user
from accounts.database import Connection, Pool
from accounts.errors import Refusal, RefusalCode

ADMINISTRATOR: Final = "administrator"
"""The kind of such a proposal; its subject is ``user:NUMBER``."""


def named_user(proposal: Proposal) -> int:
    """Return who is to become an administrator."""
    return int(proposal.subject.removeprefix("user:"))


async def promotable(connection: Connection, user_id: int, actor: Actor) -> None:
    """Return if a user may become an administrator at this actor's word.

    Raises:
        Refusal: FORBIDDEN: it is the actor; NOT_FOUND; ALREADY_DECIDED: it is one; ENGINE_REFUSED:
            the login is stopped.
    """
    role, status = await other_user(connection, user_id, actor)
    if role == Role.ADMIN:
        raise Refusal(RefusalCode.ALREADY_DECIDED, "this login is an administrator")
    if status != "active":
        raise Refusal(RefusalCode.ENGINE_REFUSED, f"the login is {status}")


async def appointed(pool: Pool, proposal: Proposal) -> Effect:
    """Give the role, with the word on the proposal: both or neither."""
    user_id = named_user(proposal)
    async with pool.acquire() as connection, connection.transaction():
        found = await locked_user(connection, user_id)
        assert found is not None, "users are never deleted"
        await set_role(connection, user_id, Role.ADMIN)
        await conclude(connection, proposal.proposal_id, "done", "")
    return Effect("done", after={"state": "done", "role": Role.ADMIN.value})
