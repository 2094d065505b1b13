"""Acts that need two operators: one asks, another agrees, then the money moves by commands.

A proposal is carried out move by move, each once under a name of its own. If one is refused, those
before it are made back: a customer may have spent meanwhile what the first look found.
"""

from typing import Any, Final

from accounts.admin.acts import (
    DecideProposal,
    ProposeAdjustment,
    ProposeAdministrator,
    ProposeBust,
)
from accounts.admin.administrators import ADMINISTRATOR, appointed, named_user, promotable
from accounts.admin.audit_log_repository import Actor, Effect
from accounts.admin.deeds import Deed
from accounts.admin.proposals_repository import (
    Move,
    Proposal,
    conclude,
    decide,
    insert_proposal,
    locked_proposal,
    missing_atoms,
    moves_back,
)
from accounts.admin.venue_acts import exact_atoms, refused
from accounts.admin.venue_deeds import venue_rows
from accounts.database import Connection, Pool
from accounts.errors import Refusal, RefusalCode
from accounts.settling.venue_repository import assets
from accounts.wallet.money_commands import MoneyCommands
from accounts.wallet.money_commands_repository import MoneyKind, MoneyRequest
from domain.clock import Clock
from domain.instruments import Asset
from domain.reasons import TransferReason

_REASONS: Final = {
    "adjustment": TransferReason.ADJUSTMENT,
    "trade_bust": TransferReason.TRADE_BUST,
}


class ProposalDeeds:
    """Makes deeds of asking and of agreeing."""

    def __init__(self, pool: Pool, money: MoneyCommands, clock: Clock) -> None:
        self._pool = pool
        self._money = money
        self._clock = clock

    async def adjustment(self, act: ProposeAdjustment, actor: Actor, reason: str) -> Deed:
        """Return how money is asked to be moved by hand."""
        async with self._pool.acquire() as connection:
            asset = (await venue_rows(connection)).asset(act.asset)
        if act.from_account_id == act.to_account_id:
            raise refused("from_account_id and to_account_id are the same")
        amount_atoms = exact_atoms(asset, act.amount)
        if not amount_atoms:
            raise refused("amount: more than zero")
        move = Move(act.from_account_id, act.to_account_id, asset.asset_id, amount_atoms)
        return self._asked("adjustment", f"account:{act.to_account_id}", [move], actor, reason)

    async def bust(self, act: ProposeBust, actor: Actor, reason: str) -> Deed:
        """Return how a trade is asked to be undone: both sides' base, quote and fees come back."""
        async with self._pool.acquire() as connection:
            listed = (await venue_rows(connection)).named(act.symbol)
            moves = await moves_back(connection, listed.instrument_id, act.trade_id)
        if not moves:
            raise Refusal(RefusalCode.NOT_FOUND, f"{listed.symbol} has no trade {act.trade_id}")
        subject = f"trade:{listed.symbol}:{act.trade_id}"
        return self._asked("trade_bust", subject, moves, actor, reason)

    async def administrator(self, act: ProposeAdministrator, actor: Actor, reason: str) -> Deed:
        """Return how another administrator is asked for."""
        async with self._pool.acquire() as connection, connection.transaction():
            await promotable(connection, act.user_id, actor)
        return self._asked(ADMINISTRATOR, f"user:{act.user_id}", [], actor, reason)

    async def decision(self, act: DecideProposal, actor: Actor) -> Deed:
        """Return how a proposal is agreed to, or is not. One that is approved and not done yet is
        gone on with.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            found = await locked_proposal(connection, act.proposal_id)
        if found is None:
            raise Refusal(RefusalCode.NOT_FOUND, "no such proposal")
        proposal, goes_on = found, False

        async def begin(connection: Connection) -> dict[str, Any]:
            nonlocal goes_on
            now = await locked_proposal(connection, act.proposal_id)
            assert now is not None, "rows are never deleted"
            if actor.user_id == now.asker_user_id:
                message = "another operator than the one who asked must decide"
                raise Refusal(RefusalCode.FORBIDDEN, message)
            if now.kind == ADMINISTRATOR and act.decision == "approve":
                await promotable(connection, named_user(now), actor)
            goes_on = now.state == "approved" and act.decision == "approve"
            if now.state != "open" and not goes_on:
                raise Refusal(RefusalCode.ALREADY_DECIDED, f"the proposal is {now.state}")
            state = "approved" if act.decision == "approve" else "rejected"
            await decide(connection, act.proposal_id, state, actor, self._clock.now_ns())
            return {"state": now.state}

        async def finish() -> Effect:
            if act.decision == "reject":
                return Effect("done", after={"state": "rejected"})
            if proposal.kind == ADMINISTRATOR:
                return await appointed(self._pool, proposal)
            return await self._carry_out(proposal, goes_on)

        return Deed(proposal.subject, begin, finish)

    def _asked(self, kind: str, subject: str, moves: list[Move], actor: Actor, reason: str) -> Deed:
        if not reason:
            raise refused("reason: say why")
        after: dict[str, Any] = {}

        async def begin(connection: Connection) -> dict[str, Any]:
            now_ns = self._clock.now_ns()
            proposal_id = await insert_proposal(
                connection, kind, subject, moves, reason, actor, now_ns
            )
            if proposal_id is None:
                message = "this trade has been undone, or is about to be"
                raise Refusal(RefusalCode.ALREADY_DECIDED, message)
            after.update({"proposal_id": proposal_id, "state": "open"})
            return {}

        async def finish() -> Effect:
            return Effect("done", after=after)

        return Deed(subject, begin, finish)

    async def _carry_out(self, proposal: Proposal, goes_on: bool) -> Effect:
        # What was begun is past the first look: it would count again what has moved already.
        lacks = None if goes_on else await self._lacks(proposal)
        if lacks is not None:
            return await self._ended(proposal, "failed", lacks)
        done: list[Move] = []
        events: list[tuple[int, int]] = []
        for number, move in enumerate(proposal.moves):
            try:
                events.append(await self._make(proposal, move, f"{number}"))
            except Refusal as refusal:
                if refusal.code is RefusalCode.MONEY_PENDING:
                    return _unanswered(events)
                return await self._undo(proposal, done, refusal.message)
            done.append(move)
        return await self._ended(proposal, "done", "", events)

    async def _lacks(self, proposal: Proposal) -> str | None:
        """Return in words who lacks what before the first move, None if nobody does."""
        async with self._pool.acquire() as connection:
            missing = await missing_atoms(connection, proposal.moves)
            known = {one.asset_id: one for one in await assets(connection)}
        if not missing:
            return None
        (account_id, asset_id), atoms = next(iter(missing.items()))
        asset = Asset(asset_id, known[asset_id].name, known[asset_id].scale)
        return f"account {account_id} lacks {asset.text(atoms)} {asset.name}"

    async def _make(self, proposal: Proposal, move: Move, name: str) -> tuple[int, int]:
        request = MoneyRequest(
            MoneyKind.TRANSFER,
            move.from_account_id,
            move.asset_id,
            move.amount_atoms,
            f"proposal:{proposal.proposal_id}:{name}",
            to_account_id=move.to_account_id,
            transfer_reason=_REASONS[proposal.kind],
        )
        command = await self._money.execute(request, self._clock.now_ns())
        assert command.event_seq is not None, "it was executed"
        return command.event_seq, command.event_seq

    async def _undo(self, proposal: Proposal, done: list[Move], why: str) -> Effect:
        """Make back what was moved, and say what is left of it."""
        left = []
        for number in reversed(range(len(done))):
            one = done[number]
            back = Move(one.to_account_id, one.from_account_id, one.asset_id, one.amount_atoms)
            try:
                await self._make(proposal, back, f"{number}:back")
            except Refusal as refusal:
                if refusal.code is RefusalCode.MONEY_PENDING:
                    return _unanswered([])
                left.append(f"move {number} stands ({refusal.message})")
        return await self._ended(proposal, "failed", "; ".join([why, *left]))

    async def _ended(
        self,
        proposal: Proposal,
        state: str,
        detail: str,
        events: list[tuple[int, int]] | None = None,
    ) -> Effect:
        async with self._pool.acquire() as connection:
            await conclude(connection, proposal.proposal_id, state, detail)
        outcome = "done" if state == "done" else "refused"
        return Effect(outcome, detail, {"state": state}, events or ())


def _unanswered(events: list[tuple[int, int]]) -> Effect:
    detail = "the engine does not answer: approve again to go on"
    return Effect("unknown", detail, {"state": "approved"}, events)
