"""Acts on withdrawals: an operator's decisions, and what may leave unlooked at."""

from typing import Any

from accounts.admin.acts import DecideWithdrawal, SetWithdrawalRule
from accounts.admin.audit_log_repository import Actor, Effect
from accounts.admin.deeds import Deed
from accounts.admin.venue_acts import exact_atoms
from accounts.database import Connection, Pool
from accounts.errors import Refusal, RefusalCode
from accounts.settling.venue_repository import asset_by_name
from accounts.wallet.desk import PaidByHand, WalletDesk
from accounts.wallet.rules import WithdrawalRule, default_rule
from accounts.wallet.states import WithdrawalState
from accounts.wallet.wallet_repository import (
    Taken,
    Withdrawal,
    set_rule,
    stored_rule,
    withdrawal,
)
from domain.clock import Clock
from domain.instruments import Asset

ACTOR_CHARS_MAX = 64


class WalletDeeds:
    """Makes deeds of acts on withdrawals."""

    def __init__(self, pool: Pool, desk: WalletDesk, clock: Clock, is_demo: bool) -> None:
        self._pool = pool
        self._desk = desk
        self._clock = clock
        self._is_demo = is_demo

    def decision(self, act: DecideWithdrawal, actor: Actor) -> Deed:
        """Return how a decision takes effect."""

        async def begin(connection: Connection) -> dict[str, Any]:
            one = await withdrawal(connection, act.withdrawal_id)
            if one is None:
                raise Refusal(RefusalCode.NOT_FOUND, "no such withdrawal")
            if act.decision != "approve" and not act.note:
                message = "note: say why, or the payment's reference"
                raise Refusal(RefusalCode.INVALID_REQUEST, message)
            return _in_words(one)

        async def finish() -> Effect:
            return Effect("done", after=_in_words(await self._decide(act, actor)))

        return Deed(f"withdrawal:{act.withdrawal_id}", begin, finish)

    def rule(self, act: SetWithdrawalRule) -> Deed:
        """Return how a rule is set."""
        after: dict[str, Any] = {}

        async def begin(connection: Connection) -> dict[str, Any]:
            stored = await asset_by_name(connection, act.asset.upper())
            if stored is None:
                raise Refusal(RefusalCode.UNKNOWN_ASSET, f"there is no asset {act.asset!r}")
            asset = Asset(stored.asset_id, stored.name, stored.scale)
            rule = await stored_rule(connection, stored.asset_id) or default_rule(
                stored.name, stored.scale, self._is_demo
            )
            said = WithdrawalRule(
                rule.day_max_atoms if act.day_max is None else exact_atoms(asset, act.day_max),
                rule.approve_above_atoms
                if act.approve_above is None
                else exact_atoms(asset, act.approve_above),
            )
            await set_rule(connection, stored.asset_id, said)
            after.update(_rule_in_words(asset, said))
            return _rule_in_words(asset, rule)

        async def finish() -> Effect:
            return Effect("done", after=after)

        return Deed(f"withdrawal_rule:{act.asset.upper()}", begin, finish)

    async def _decide(self, act: DecideWithdrawal, actor: Actor) -> Withdrawal:
        name = actor.name[:ACTOR_CHARS_MAX]
        taken = Taken(name, act.note, self._clock.now_ns())
        if act.decision == "approve":
            return await self._desk.approve(act.withdrawal_id, taken)
        if act.decision == "void":
            return await self._desk.void(act.withdrawal_id, taken)
        is_paid = act.decision == "paid"
        said = PaidByHand(act.note, name, is_paid, act.paid_atoms)
        return await self._desk.paid_by_hand(act.withdrawal_id, said)


def _in_words(one: Withdrawal) -> dict[str, Any]:
    return {"state": WithdrawalState(one.state).name.lower(), "reference": one.rail_ref}


def _rule_in_words(asset: Asset, rule: WithdrawalRule) -> dict[str, Any]:
    return {
        "day_max": asset.text(rule.day_max_atoms),
        "approve_above": asset.text(rule.approve_above_atoms),
    }
