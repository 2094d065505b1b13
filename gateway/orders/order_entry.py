"""Order entry: text in, a command to the engine, and the order as the projection then shows it.

Both doors, REST and WebSocket, use this. Times are limits in seconds.
"""

import time
from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from domain.client_order_ids import unpack_client_order_id
from domain.clock import Clock
from domain.commands import CancelAll, CancelAllAfter, CancelOrder, Command
from domain.events import Outcome, OutcomeResult
from domain.reasons import RejectReason
from domain.units import NS_PER_S
from gateway.errors import (
    RETRY_AFTER_S,
    ApiError,
    refused,
    unknown_order,
    unknown_symbol,
)
from gateway.metrics import ORDER_SECONDS
from gateway.orders.list_terms import new_order_list
from gateway.orders.order_spans import trace_order
from gateway.orders.order_terms import new_client_order_id, new_order, packed, replace_order
from gateway.orders.order_times import current_times
from gateway.state.account_view import OrderListView, OrderView
from gateway.state.market import Market
from gateway.state.projection import Projection
from gateway.types import trading as api
from service.order_traces import OrderTraces
from transport.errors import FateUnknown, NotSent

_log: Final = structlog.get_logger()

REPLY_WITHIN_S: Final = 3.0
"""Past it the answer is that the fate is not known yet."""
RECEIVE_WINDOW_NS: Final = 5 * NS_PER_S
"""The engine refuses an order that reaches it later than this after the gateway took it in."""


class CommandSender(Protocol):
    """The engine, as order entry needs it."""

    async def submit(self, command: Command, *, timeout_s: float) -> Outcome:
        """Return the outcome; raise NotSent or FateUnknown."""
        ...

    @property
    def credits(self) -> int:
        """How many commands can be submitted now."""
        ...

    async def submit_many(self, commands: Sequence[Command], *, timeout_s: float) -> list[Outcome]:
        """Return the outcomes; raise NotSent or FateUnknown. With credit for all, sent at once."""
        ...


class Present(Protocol):
    """The projection, and when it will be there."""

    @property
    def projection(self) -> Projection:
        """The state as far as the event stream has been applied."""
        ...

    async def reached(self, seq: int, timeout_s: float) -> bool:
        """Return True once event ``seq`` is applied, False after ``timeout_s`` seconds."""
        ...

    async def fresh(self) -> Projection:
        """Return the projection once it has all that the engine had released when asked.

        Raises:
            ApiError: 503 while the engine is away or too far ahead.
        """
        ...


class OrderEntry:
    """Sends orders and waits for what became of them."""

    def __init__(
        self,
        engine: CommandSender,
        present: Present,
        clock: Clock,
        traces: OrderTraces | None = None,
    ) -> None:
        """``traces``: what makes spans of the orders that are sampled."""
        self._traces = traces
        self._engine = engine
        self._present = present
        self._clock = clock

    async def place(
        self,
        account_id: int,
        request: api.NewOrderRequest,
        *,
        valid_for_ns: int = RECEIVE_WINDOW_NS,
        refuse_repeat: bool = False,
    ) -> tuple[int, OrderView | None] | api.FateUnknown:
        """Enter an order; return its id and state (None: too old to be remembered here).

        One that was entered before is answered as it is now, or refused with ``refuse_repeat``.

        Raises:
            ApiError: invalid, refused by the engine, or never sent.
        """
        market = await self._market(request.symbol)
        client_order_id = request.client_order_id or new_client_order_id()
        until_ns = self._clock.now_ns() + valid_for_ns
        command = new_order(market.instrument, account_id, request, client_order_id, until_ns)
        unknown = api.FateUnknown(
            status="unknown",
            ask=f"/api/v1/orders/by-client-id/{client_order_id}",
            client_order_id=client_order_id,
        )
        outcome = await self._outcome(command)
        if outcome is None:
            return unknown
        if self._traces is not None:
            trace_order(self._traces, account_id, client_order_id, outcome.order_id)
        if refuse_repeat and outcome.result is OutcomeResult.DUPLICATE:
            raise refused(RejectReason.DUPLICATE_CLIENT_ORDER_ID)
        return outcome.order_id, self._present.projection.account(account_id).order(
            outcome.order_id
        )

    async def place_list(
        self, account_id: int, request: api.NewOrderListRequest
    ) -> int | api.FateUnknown:
        """Enter two orders as one list; return its id.

        Raises:
            ApiError: invalid, refused by the engine, or never sent.
        """
        market = await self._market(request.symbol)
        client_order_id = request.client_order_id or new_client_order_id()
        until_ns = self._clock.now_ns() + RECEIVE_WINDOW_NS
        commands = new_order_list(market.instrument, account_id, request, client_order_id, until_ns)
        outcomes = await self._outcomes(commands)
        if outcomes is None:
            return api.FateUnknown(
                status="unknown",
                ask=f"/api/v1/order-lists/by-client-id/{client_order_id}",
                client_order_id=client_order_id,
            )
        for outcome in outcomes:
            _accept(outcome)
        return outcomes[-1].order_id

    async def cancel_list(
        self, account_id: int, order_list: OrderListView
    ) -> api.FateUnknown | None:
        """Cancel what is open of a list; None once it is done.

        Raises:
            ApiError: nothing of it is open; or never sent.
        """
        commands = [
            CancelOrder(account_id=account_id, order_id=order_id)
            for order_id in order_list.order_ids
        ]
        outcomes = await self._outcomes(commands)
        if outcomes is None:
            ask = f"/api/v1/order-lists/{order_list.list_id}"
            return api.FateUnknown(status="unknown", ask=ask, list_id=order_list.list_id)
        # The end of one leg is the end of the other: at most one of the two finds its order open.
        if all(outcome.result is OutcomeResult.REJECTED for outcome in outcomes):
            raise refused(outcomes[0].reason)
        return None

    async def replace(
        self, account_id: int, order_id: int, request: api.ReplaceRequest
    ) -> tuple[int, OrderView | None] | api.FateUnknown:
        """Amend an open order; return as ``place`` does.

        Raises:
            ApiError: invalid, refused by the engine, or never sent.
        """
        projection = self._present.projection
        order = projection.account(account_id).open_orders.get(order_id)
        if order is None:  # entered at another gateway perhaps, and not heard of here yet
            projection = await self._present.fresh()
            order = projection.account(account_id).open_orders.get(order_id)
        if order is None:
            raise unknown_order()
        instrument = projection.markets[order.instrument_id].instrument
        until_ns = self._clock.now_ns() + RECEIVE_WINDOW_NS
        if await self._outcome(replace_order(instrument, order, request, until_ns)) is None:
            return _unknown_by_id(order_id)
        return order_id, self._present.projection.account(account_id).order(order_id)

    async def cancel(
        self, account_id: int, *, order_id: int = 0, client_order_id: str | None = None
    ) -> tuple[int, OrderView | None] | api.FateUnknown:
        """Cancel one open order by either id; return as ``place`` does.

        Raises:
            ApiError: not open, not there or not the account's; or never sent.
        """
        if client_order_id is None:
            command = CancelOrder(account_id=account_id, order_id=order_id)
        else:
            known = self._present.projection.account(account_id).order_by_client_id(client_order_id)
            order_id = known.order_id if known else 0
            command = CancelOrder(
                account_id=account_id,
                order_id=order_id,
                client_order_id=packed(client_order_id),
            )
        outcome = await self._outcome(command)
        if outcome is None:
            if client_order_id is None:
                return _unknown_by_id(order_id)
            ask = f"/api/v1/orders/by-client-id/{client_order_id}"
            return api.FateUnknown(status="unknown", ask=ask, client_order_id=client_order_id)
        found = outcome.order_id or order_id
        return found, self._present.projection.account(account_id).order(found)

    async def cancel_all(
        self, account_id: int, symbol: str | None
    ) -> api.CanceledOrders | api.FateUnknown:
        """Cancel the account's open orders, in one instrument or all; return their ids.

        Raises:
            ApiError: unknown symbol, refused by the engine, or never sent.
        """
        instrument_id = 0
        if symbol is not None:
            instrument_id = (await self._market(symbol)).instrument.instrument_id
        projection = self._present.projection
        watched = projection.watch_cancels(account_id)
        try:
            outcome = await self._outcome(
                CancelAll(account_id=account_id, instrument_id=instrument_id)
            )
        finally:
            projection.unwatch_cancels(account_id, watched)
        if outcome is None:
            return api.FateUnknown(status="unknown", ask="/api/v1/orders?status=open")
        first_seq = outcome.last_event_seq - outcome.event_count + 1
        return api.CanceledOrders(
            canceled=[
                order_id for seq, order_id in watched if first_seq <= seq <= outcome.last_event_seq
            ]
        )

    async def cancel_all_after(
        self, account_id: int, timeout_ms: int
    ) -> api.CancelAllAfter | api.FateUnknown:
        """Arm, renew or (0) disarm the account's dead-man switch; return the timeout.

        Raises:
            ApiError: refused by the engine, or never sent.
        """
        command = CancelAllAfter(account_id=account_id, timeout_ms=timeout_ms)
        if await self._outcome(command) is None:
            return api.FateUnknown(status="unknown", ask="/api/v1/orders?status=open")
        return api.CancelAllAfter(timeout_ms=timeout_ms)

    async def _market(self, symbol: str) -> Market:
        """Return the market of ``symbol``. A gateway that has just started knows none, and must not
        answer a retry of what another one sent as if it could never have been executed.

        Raises:
            ApiError: there is no such market, or whether there is cannot be told now.
        """
        market = self._present.projection.market(symbol)
        if market is None:
            market = (await self._present.fresh()).market(symbol)
        if market is None:
            raise unknown_symbol()
        return market

    async def _outcome(self, command: Command) -> Outcome | None:
        """Return the outcome once its effects are in the projection; None: fate unknown."""
        outcomes = await self._outcomes([command])
        if outcomes is None:
            return None
        _accept(outcomes[0])
        return outcomes[0]

    async def _outcomes(self, commands: Sequence[Command]) -> list[Outcome] | None:
        """Return the outcomes of a batch, refusals too, once all effects are in the projection."""
        begun_s, times = time.monotonic(), current_times()
        times.sent_ns = time.monotonic_ns()
        try:
            if len(commands) == 1:
                outcomes = [await self._engine.submit(commands[0], timeout_s=REPLY_WITHIN_S)]
            else:
                outcomes = await self._batch(commands)
        except NotSent as error:
            raise ApiError(
                503,
                "NOT_SENT",
                "the engine takes no orders at the moment; nothing was sent",
                retry_after_s=RETRY_AFTER_S,
            ) from error
        except FateUnknown as error:
            _log.warning(
                "fate_unknown",
                command=type(commands[0]).__name__,
                **_ids_of(commands[0]),
                why=str(error),
            )
            return None
        if all(_is_refusal(outcome) for outcome in outcomes):
            return outcomes
        times.acked_ns = time.monotonic_ns()
        left_s = begun_s + REPLY_WITHIN_S - time.monotonic()
        reached = await self._present.reached(outcomes[-1].last_event_seq, max(left_s, 0.0))
        if reached:
            times.seen_ns = time.monotonic_ns()
        ORDER_SECONDS.observe(time.monotonic() - begun_s)
        return outcomes if reached else None

    async def _batch(self, commands: Sequence[Command]) -> list[Outcome]:
        # A wait for credit between them could let another list's legs of the same account in.
        if self._engine.credits < len(commands):
            raise NotSent("no credit for all of them")
        return await self._engine.submit_many(commands, timeout_s=REPLY_WITHIN_S)


def _ids_of(command: Command) -> dict[str, int | str]:
    """By what the order can be found, for the log."""
    found = {name: getattr(command, name, 0) for name in ("account_id", "order_id")}
    ids: dict[str, int | str] = {name: value for name, value in found.items() if value}
    packed_id = getattr(command, "client_order_id", None)
    return ids | ({"client_order_id": unpack_client_order_id(packed_id)} if packed_id else {})


def _is_refusal(outcome: Outcome) -> bool:
    return outcome.result is OutcomeResult.REJECTED or outcome.reason is not RejectReason.NONE


def _accept(outcome: Outcome) -> None:
    if _is_refusal(outcome):
        raise refused(outcome.reason)


def _unknown_by_id(order_id: int) -> api.FateUnknown:
    ask = f"/api/v1/orders/{order_id}"
    return api.FateUnknown(status="unknown", ask=ask, order_id=order_id)
