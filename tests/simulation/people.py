"""Those who use the exchange: traders who never give up a request, a bank, an operator.

A trader makes a key for each request and repeats it, at any gateway, until he has an answer. He
keeps his own record of every answer. Nothing between him and a gateway is sure either: requests
and answers get lost, and gateways die.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

from domain.commands import (
    Command,
    Deposit,
    HoldWithdrawal,
    MoneyCommand,
    PostWithdrawal,
    SetTradingStatus,
    Transfer,
    VoidWithdrawal,
)
from domain.events import Outcome, OutcomeResult
from domain.orders import TradingStatus
from domain.reasons import RejectReason, TransferReason
from gateway.errors import ApiError
from gateway.types import trading as api
from tests.simulation.processes import ClientHost, GatewayHost
from tests.simulation.venue import CASH, COIN, GOLD, NERVOUS, SYMBOLS, TICK_CASH
from tests.simulation.witness import hold
from transport.errors import TransportError

ANSWER_S: Final = (1.0, 4.0)
"""How long a trader waits for a gateway: less than it may take to answer, or more."""
PATIENCE_S: Final = 0.3
THINKS_S: Final = 1.2
"""How long at most before the next thing he does."""
SOURCE_ID: Final = 7
_NO_NUMBER: Final = {"source_id": SOURCE_ID, "source_seq": 0}
"""Until its turn comes."""
_TRY_LATER: Final = frozenset(
    {"NOT_SENT", "STALE", "ORDER_RATE", "DEDUPE_FULL", "UNKNOWN_SYMBOL", "UNKNOWN_ACCOUNT"}
    | {"SERVICE_UNAVAILABLE", "UNAVAILABLE"}
)

Say = Callable[[str], None]


class Unanswered(Exception):
    """No answer came: it may have happened."""


@dataclass(slots=True)
class Answered:
    """What a trader was told about one key."""

    order_id: int
    refusal: str
    request: api.NewOrderRequest


class Trader:
    """One account's owner."""

    def __init__(
        self,
        account_id: int,
        gateways: Sequence[GatewayHost],
        random: Random,
        slow_answers: Callable[[], float],
        now_s: Callable[[], int],
        say: Say,
    ) -> None:
        self._now_s = now_s
        self.account_id = account_id
        self.answers: dict[str, Answered] = {}
        self.left = 0
        self._gateways = gateways
        self._random = random
        self._slow_answers = slow_answers
        self._say = say
        self._keys = 0

    async def trade(self, operations: int) -> None:
        """Do so many things, one after the other."""
        self.left = operations
        while self.left:
            await asyncio.sleep(self._random.random() * THINKS_S)
            await self._random.choices(
                (self._enter, self._cancel, self._replace, self._cancel_all, self._ask_again,
                 self._arm),
                (60, 8, 12, 3, 14, 3),
            )[0]()  # fmt: skip
            self.left -= 1

    # ---- what a trader does --------------------------------------------------------------------

    async def _enter(self) -> None:
        self._keys += 1
        key = f"{self.account_id}-{self._keys}"
        self.answers[key] = await self._entered(key, self._request(key))

    async def _entered(self, key: str, request: api.NewOrderRequest) -> Answered:
        """Enter an order, however often it takes."""

        def place(gateway: GatewayHost) -> Coroutine[Any, Any, Any]:
            return gateway.entry.place(self.account_id, request)

        try:
            order_id, view = await self._answer(f"enter {key}", place)
        except ApiError as refusal:
            return Answered(0, refusal.code, request)
        hold(view is not None, f"{key} was answered before it could be read")
        hold(view.client_order_id == key, f"{key} was answered with {view.client_order_id}")
        hold(view.account_id == self.account_id, f"{key} was answered with another's order")
        return Answered(order_id, "", request)

    async def _ask_again(self) -> None:
        if not self.answers:
            return
        key = self._random.choice(list(self.answers))
        before = self.answers[key]
        now = await self._entered(key, before.request)
        same = (now.order_id, now.refusal) == (before.order_id, before.refusal)
        hold(same, f"{key}: first {before.order_id} {before.refusal}, then {now.order_id} "
             f"{now.refusal}")  # fmt: skip

    async def _cancel(self) -> None:
        order_id = self._some_order()

        def cancel(gateway: GatewayHost) -> Coroutine[Any, Any, Any]:
            return gateway.entry.cancel(self.account_id, order_id=order_id)

        await self._whatever(f"cancel {order_id}", cancel)

    async def _replace(self) -> None:
        order_id, key = self._some_order(), f"{self.account_id}-r{self._keys}-{self.left}"
        price = self._price(self._random.choice(("buy", "sell")))
        request = api.ReplaceRequest(
            price=price if self._random.random() < 0.6 else None,
            qty=str(self._random.randrange(1, 12)),
            request_id=key,
        )

        def replace(gateway: GatewayHost) -> Coroutine[Any, Any, Any]:
            return gateway.entry.replace(self.account_id, order_id, request)

        await self._whatever(f"replace {order_id}", replace)

    async def _cancel_all(self) -> None:
        symbol = self._random.choice((None, *SYMBOLS))

        def cancel_all(gateway: GatewayHost) -> Coroutine[Any, Any, Any]:
            return gateway.entry.cancel_all(self.account_id, symbol)

        await self._whatever("cancel all", cancel_all)

    async def _arm(self) -> None:
        timeout_ms = self._random.choice((0, 200, 1_500))

        def arm(gateway: GatewayHost) -> Coroutine[Any, Any, Any]:
            return gateway.entry.cancel_all_after(self.account_id, timeout_ms)

        await self._whatever(f"cancel all after {timeout_ms} ms", arm)

    def _some_order(self) -> int:
        known = [answer.order_id for answer in self.answers.values() if answer.order_id]
        return self._random.choice(known[-8:]) if known else 1

    def _price(self, side: str) -> str:
        ticks = self._random.randrange(94, 103) + (4 if side == "sell" else 0)
        return str(ticks * TICK_CASH)

    def _request(self, key: str) -> api.NewOrderRequest:
        random = self._random
        symbol = random.choices(SYMBOLS, (3, 2))[0]
        side = random.choice(("buy", "sell"))
        terms: dict[str, Any] = {
            "symbol": symbol,
            "side": side,
            "client_order_id": key,
            "self_trade_prevention": random.choice(
                ("none", "none", "cancel_maker", "cancel_taker", "cancel_both", "decrement")
            ),
        }
        kind = random.choices(("limit", "market", "budget", "stop", "iceberg"), (70, 8, 5, 10, 8))
        if kind[0] == "market":
            return api.NewOrderRequest(type="market", qty=str(random.randrange(1, 20)), **terms)
        if kind[0] == "budget":
            budget = str(random.randrange(700, 9_000))
            return api.NewOrderRequest(type="market", quote_budget=budget, **terms)
        if kind[0] == "stop":
            return self._stop(terms)
        lots = random.randrange(1, 12)
        if kind[0] == "iceberg":
            terms["display_qty"] = str(random.randrange(1, 4))
            lots += 5
        else:
            terms["time_in_force"] = random.choice(("gtc", "gtc", "gtc", "ioc", "fok", "gtd"))
            if terms["time_in_force"] == "gtd":
                terms["expire_at_s"] = self._now_s() + random.randrange(1, 5)
            terms["post_only"] = terms["time_in_force"] == "gtc" and random.random() < 0.1
        return api.NewOrderRequest(type="limit", price=self._price(side), qty=str(lots), **terms)

    def _stop(self, terms: dict[str, Any]) -> api.NewOrderRequest:
        random = self._random
        trigger = str(random.randrange(95, 107) * TICK_CASH)
        terms["qty"] = str(random.randrange(1, 6))
        if random.random() < 0.3:
            return api.NewOrderRequest(
                type="stop_limit", trigger_price=trigger, price=self._price(terms["side"]), **terms
            )
        kind = random.choice(("stop", "take_profit"))
        return api.NewOrderRequest(type=kind, trigger_price=trigger, **terms)

    # ---- the way to a gateway ------------------------------------------------------------------

    async def _whatever(
        self, what: str, call: Callable[[GatewayHost], Coroutine[Any, Any, Any]]
    ) -> None:
        """Do something that may be refused, and may be done twice without harm."""
        try:
            await self._answer(what, call)
        except ApiError:
            return

    async def _answer(
        self, what: str, call: Callable[[GatewayHost], Coroutine[Any, Any, Any]]
    ) -> Any:
        """Ask one gateway after the other until one answers.

        Raises:
            ApiError: that is the answer.
        """
        while True:
            gateway = self._random.choice(self._gateways)
            try:
                answer = await self._asked(gateway, call)
            except Unanswered:
                await asyncio.sleep(self._random.random() * PATIENCE_S)
                continue
            except ApiError as error:
                if error.code not in _TRY_LATER and error.status < 500:
                    self._say(f"{self.account_id}: {what} at {gateway.name}: {error.code}")
                    raise
                await asyncio.sleep(self._random.random() * PATIENCE_S)
                continue
            if not isinstance(answer, api.FateUnknown):
                told = answer[0] if isinstance(answer, tuple) else "done"
                self._say(f"{self.account_id}: {what} at {gateway.name}: {told}")
                return answer
            self._say(f"{self.account_id}: {what} at {gateway.name}: unknown, asking again")

    async def _asked(
        self, gateway: GatewayHost, call: Callable[[GatewayHost], Coroutine[Any, Any, Any]]
    ) -> Any:
        await asyncio.sleep(0.0005)
        lost = self._random.random() < self._slow_answers()
        lost_first = self._random.random() < 0.5
        if not gateway.running or not hasattr(gateway, "entry") or (lost and lost_first):
            await asyncio.sleep(PATIENCE_S)
            raise Unanswered
        task = gateway.call(call(gateway))
        done, _ = await asyncio.wait({task}, timeout=self._random.choice(ANSWER_S))
        if not done or task.cancelled() or lost:
            task.add_done_callback(_heard_by_nobody)
            raise Unanswered
        return task.result()


def _heard_by_nobody(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()


class Bank:
    """Brings money, takes it out and moves it: numbered without gaps, one at a time, each until its
    fate is known.
    """

    def __init__(self, host: ClientHost, random: Random, say: Say) -> None:
        self.host = host
        self.sums: dict[int, int] = {}
        """Atoms of each asset that are at the venue."""
        self.left = 0
        self.to_take_out = self.to_move = 0
        self._last_number = 0
        self._turn = asyncio.Lock()
        self._random = random
        self._say = say

    async def bring(self, accounts: Sequence[int], later: int) -> None:
        """Give everybody a start, and then some more, ``later`` times."""
        self.left = 1
        for account_id in accounts:
            for asset_id, atoms in ((COIN, 25_000), (CASH, 25_000), (GOLD, 15_000)):
                await self._deposit(account_id, asset_id, atoms)
        self.left = 0

    async def bring_more(self, accounts: Sequence[int], times: int) -> None:
        """Bring small sums now and then."""
        self.left = times
        while self.left:
            await asyncio.sleep(self._random.random() * 2.0)
            amount = self._random.randrange(1, 5_000)
            await self._deposit(self._random.choice(accounts), CASH, amount)
            self.left -= 1

    async def _deposit(self, account_id: int, asset_id: int, amount_atoms: int) -> None:
        deposit = Deposit(
            account_id=account_id, asset_id=asset_id, amount_atoms=amount_atoms, **_NO_NUMBER
        )
        await self._numbered(deposit)
        self.sums[asset_id] = self.sums.get(asset_id, 0) + amount_atoms

    async def take_out(self, accounts: Sequence[int], times: int) -> None:
        """Have money leave now and then, in two steps; some of it comes back after all."""
        self.to_take_out = times
        while self.to_take_out:
            await asyncio.sleep(self._random.random() * 2.0)
            atoms = self._random.randrange(1, 12_000)
            asked = {"account_id": self._random.choice(accounts), "asset_id": COIN}
            number = await self._numbered(HoldWithdrawal(**asked, amount_atoms=atoms, **_NO_NUMBER))
            if number:
                await asyncio.sleep(self._random.random() * 2.0)
                await self._resolve(number, atoms, asked)
            self.to_take_out -= 1

    async def _resolve(self, number: int, held_atoms: int, asked: dict[str, int]) -> None:
        posted_atoms = self._random.choice((0, held_atoms, self._random.randrange(held_atoms) + 1))
        if not posted_atoms:
            done = await self._numbered(
                VoidWithdrawal(**asked, withdrawal_seq=number, **_NO_NUMBER)
            )
        else:
            post = PostWithdrawal(
                **asked, withdrawal_seq=number, amount_atoms=posted_atoms, **_NO_NUMBER
            )
            done = await self._numbered(post)
        hold(bool(done), f"withdrawal {number} was held and cannot be resolved")
        self.sums[COIN] -= posted_atoms

    async def move(self, accounts: Sequence[int], times: int) -> None:
        """Move money between the two accounts of one owner now and then."""
        self.to_move = times
        while self.to_move:
            await asyncio.sleep(self._random.random() * 2.0)
            sender, receiver = self._random.sample(accounts[:2], 2)
            transfer = Transfer(
                transfer_reason=TransferReason.SUB_ACCOUNT,
                from_account_id=sender,
                to_account_id=receiver,
                asset_id=GOLD,
                amount_atoms=self._random.randrange(1, 12_000),
                **_NO_NUMBER,
            )
            await self._numbered(transfer)
            self.to_move -= 1

    async def _numbered(self, command: MoneyCommand) -> int:
        """Return the number under which it was executed; 0: there was not so much, and the number
        is the next command's.
        """
        async with self._turn:
            number = self._last_number + 1
            numbered = replace(command, source_id=SOURCE_ID, source_seq=number)
            is_done = await executed(
                self.host, numbered, self._random, RejectReason.INSUFFICIENT_FUNDS
            )
            self._last_number += is_done
            self._say(f"bank: {numbered}: {'done' if is_done else 'there is not so much'}")
            return number if is_done else 0


class Operator:
    """Opens the venue, and calls auctions."""

    def __init__(self, host: ClientHost, random: Random, say: Say) -> None:
        self.host = host
        self.left = 0
        self._random = random
        self._say = say

    async def open(self, commands: Sequence[Command]) -> None:
        """Have each command executed, in order."""
        for command in commands:
            await executed(self.host, command, self._random)

    async def auctions(self, count: int) -> None:
        """Hold so many call auctions."""
        self.left = count
        while self.left:
            await asyncio.sleep(self._random.random())
            for status in (TradingStatus.AUCTION, TradingStatus.TRADING):
                self._say(f"operator: {status.name}")
                command = SetTradingStatus(instrument_id=NERVOUS, trading_status=status)
                await executed(self.host, command, self._random)
                await asyncio.sleep(0.3 + self._random.random() / 2)
            self.left -= 1


_WAS_DONE: Final = frozenset(
    {
        RejectReason.SOURCE_SEQ_REPEATED,
        RejectReason.ALREADY_EXISTS,
        RejectReason.INVALID_TRANSITION,
    }
)


async def executed(
    host: ClientHost,
    command: Command,
    random: Random,
    may_refuse: RejectReason = RejectReason.NONE,
) -> bool:
    """Return once the engine has executed a command that it knows again; False if it refused it for
    the one reason that it may have.
    """
    while True:
        outcome = await _outcome(host, command)
        if outcome is not None:
            done = outcome.result is OutcomeResult.DONE or outcome.reason in _WAS_DONE
            refused = outcome.reason is may_refuse
            hold(done or refused, f"{command} was refused: {outcome.reason.name}")
            return done
        await asyncio.sleep(0.02 + random.random() * 0.1)


async def _outcome(host: ClientHost, command: Command) -> Outcome | None:
    """Return what became of a command; None: that is not known."""
    if not host.running or not hasattr(host, "engine"):
        return None
    task = host.process.spawn(host.engine.submit(command, timeout_s=0.5))
    await asyncio.wait({task})
    if task.cancelled() or isinstance(task.exception(), TransportError):
        return None
    outcome: Outcome = task.result()
    return outcome
