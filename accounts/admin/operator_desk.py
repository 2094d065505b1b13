"""Where operators have things done: each act is allowed, written down, carried out, and what became
of it written down.
"""

import asyncio
from typing import Final

import msgspec

from accounts.admin import acts
from accounts.admin.acts import Act
from accounts.admin.audit_log_repository import (
    Actor,
    ActRecord,
    Effect,
    NewAct,
    act,
    begin_act,
    end_act,
)
from accounts.admin.deeds import Deed
from accounts.admin.operators_repository import operated_user
from accounts.admin.proposal_deeds import ProposalDeeds
from accounts.admin.roles import COMMAND_LINE, may_carry_out
from accounts.admin.user_deeds import UserDeeds
from accounts.admin.venue_deeds import VenueDeeds
from accounts.admin.wallet_deeds import WalletDeeds
from accounts.database import Pool
from accounts.errors import Refusal, RefusalCode
from domain.clock import Clock

_AT_ONCE: Final = (acts.SetVenueStatus, acts.SetUserStatus)
"""Stopping something waits for nobody."""


class OperatorDesk:
    """One act at a time, so that what was before and after it is its own."""

    def __init__(
        self,
        pool: Pool,
        venue: VenueDeeds,
        users: UserDeeds,
        wallet: WalletDeeds,
        proposals: ProposalDeeds,
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._venue = venue
        self._users = users
        self._wallet = wallet
        self._proposals = proposals
        self._clock = clock
        self._turn = asyncio.Lock()

    async def operator(self, user_id: int | None, name: str, ip: str) -> Actor:
        """Return who acts, with the role that is theirs now.

        Raises:
            Refusal: FORBIDDEN: no such user, or one that is stopped.
        """
        if user_id is None:
            return Actor(None, name, COMMAND_LINE, ip)
        async with self._pool.acquire() as connection:
            user = await operated_user(connection, user_id)
        if user is None or user.status != "active":
            raise Refusal(RefusalCode.FORBIDDEN, "this login may not operate the venue")
        return Actor(user_id, user.email, user.role, ip)

    async def carry_out(self, wanted: Act, actor: Actor, reason: str) -> ActRecord:
        """Have ``wanted`` done; return what was written down of it.

        Raises:
            Refusal: FORBIDDEN, or what was asked for cannot be done. One that was begun is in the
                log; its outcome may also be unknown, which is no refusal.
        """
        if not may_carry_out(actor.role, wanted):
            raise Refusal(RefusalCode.FORBIDDEN, f"the role {actor.role} is not for this")
        if isinstance(wanted, _AT_ONCE):
            return await self._carry_out(wanted, actor, reason)
        async with self._turn:
            return await self._carry_out(wanted, actor, reason)

    async def _carry_out(self, wanted: Act, actor: Actor, reason: str) -> ActRecord:
        deed = await self._deed(wanted, actor, reason)
        asked = msgspec.to_builtins(wanted)
        action = asked.pop("act")
        async with self._pool.acquire() as connection, connection.transaction():
            before = await deed.begin(connection)
            new = NewAct(actor, action, deed.subject, reason, asked, before)
            act_id = await begin_act(connection, new, self._clock.now_ns())
        refusal: Refusal | None = None
        try:
            effect = await deed.finish()
        except Refusal as raised:
            refusal, effect = raised, Effect("refused", raised.message)
        async with self._pool.acquire() as connection:
            await end_act(connection, act_id, effect, self._clock.now_ns())
            record = await act(connection, act_id)
        if effect.outcome == "refused":
            raise refusal or Refusal(RefusalCode.ENGINE_REFUSED, effect.detail)
        return record

    async def _deed(self, wanted: Act, actor: Actor, reason: str) -> Deed:
        if isinstance(wanted, acts.SetRole):
            return self._users.role(wanted, actor)
        if isinstance(wanted, acts.SetUserStatus):
            return self._users.status(wanted, actor)
        if isinstance(wanted, acts.DecideWithdrawal):
            return self._wallet.decision(wanted, actor)
        if isinstance(wanted, acts.SetWithdrawalRule):
            return self._wallet.rule(wanted)
        if isinstance(wanted, acts.ProposeAdjustment):
            return await self._proposals.adjustment(wanted, actor, reason)
        if isinstance(wanted, acts.ProposeBust):
            return await self._proposals.bust(wanted, actor, reason)
        if isinstance(wanted, acts.ProposeAdministrator):
            return await self._proposals.administrator(wanted, actor, reason)
        if isinstance(wanted, acts.DecideProposal):
            return await self._proposals.decision(wanted, actor)
        return await self._venue.deed(wanted)
