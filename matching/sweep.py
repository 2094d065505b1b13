"""What an arriving order does to the book, decided before anything is changed.

``sweep`` walks the makers in price-time order and writes down the steps. So one and the same walk
answers whether a fill-or-kill order can fill, what a market order costs, and what happens.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final, Generic, Protocol

from domain.orders import SelfTradePrevention
from matching.reference import OrderT

_EVENTS_FIRST: Final = 1
"""Before any maker is met: the order was accepted, replaced or triggered."""
_EVENTS_PER_MAKER_MAX: Final = 2
"""A fill and the slice that refills the maker, or two decrements."""
_EVENTS_PER_REFILL: Final = 1
_EVENTS_CLOSING: Final = 1
EVENTS_PER_COMMAND_MIN: Final = _EVENTS_FIRST + _EVENTS_PER_MAKER_MAX + _EVENTS_CLOSING
"""With a lower bound no order could ever trade."""


class Ending(Enum):
    """Why a walk stopped."""

    COMPLETE = auto()
    """The taker wants nothing more, or its budget does not buy one more lot."""
    NO_MAKER = auto()
    """No further maker inside the taker's bound, or none that what it may spend still pays."""
    SELF_TRADE = auto()
    """Self-trade prevention ends the taker."""
    BREAKER = auto()
    """The next maker's price is too far from where the market was."""
    EVENT_LIMIT = auto()
    """The command may not produce more events."""


@dataclass(frozen=True, slots=True, eq=False)
class Fill(Generic[OrderT]):
    """Trade ``qty_lots`` with ``maker`` at its price."""

    maker: OrderT
    qty_lots: int


@dataclass(frozen=True, slots=True, eq=False)
class CancelMaker(Generic[OrderT]):
    """Self-trade prevention ends the resting order."""

    maker: OrderT


@dataclass(frozen=True, slots=True, eq=False)
class Decrement(Generic[OrderT]):
    """Self-trade prevention takes ``qty_lots`` off both orders, without a trade."""

    maker: OrderT
    qty_lots: int


@dataclass(slots=True)
class Sweep(Generic[OrderT]):
    """The steps to take, in order, and what they add up to."""

    steps: list[Fill[OrderT] | CancelMaker[OrderT] | Decrement[OrderT]] = field(
        default_factory=list
    )
    ending: Ending = Ending.NO_MAKER
    last_take: Fill[OrderT] | Decrement[OrderT] | None = None
    """The last step that took quantity: if the ending is COMPLETE, the one that completed the
    taker.
    """
    filled_qty_lots: int = 0
    cost_tick_lots: int = 0
    """Sum of price x quantity over the fills."""


class Appetite(Protocol):
    """How much a taker still wants."""

    def sated(self) -> bool:
        """Return whether nothing more is wanted, whatever the price."""
        ...

    def lots_at(self, price_ticks: int, *, paid: bool = True) -> int:
        """Return the lots wanted at ``price_ticks``; not ``paid``: if they cost nothing."""
        ...

    def take(self, price_ticks: int, qty_lots: int, *, paid: bool = True) -> None:
        """Count ``qty_lots`` as had; not ``paid``: without a trade."""
        ...

    def content(self) -> bool:
        """Return whether it is complete once it stops at a price where more is on offer."""
        ...


class ByQuantity:
    """A taker that wants a number of lots."""

    def __init__(self, qty_lots: int) -> None:
        self._rest_lots = qty_lots

    def sated(self) -> bool:
        """Return whether all lots were had."""
        return self._rest_lots == 0

    def lots_at(self, price_ticks: int, *, paid: bool = True) -> int:
        """Return the lots still wanted; the price does not matter."""
        return self._rest_lots

    def take(self, price_ticks: int, qty_lots: int, *, paid: bool = True) -> None:
        """Count ``qty_lots`` as had."""
        self._rest_lots -= qty_lots

    def content(self) -> bool:
        """Return whether all lots were had."""
        return self.sated()


class ByQuantityWithin:
    """A taker that wants a number of lots and cannot spend more than an amount."""

    def __init__(self, qty_lots: int, spend_atoms_max: int, quote_atoms_per_tick_lot: int) -> None:
        self._rest_lots = qty_lots
        self._rest_atoms = spend_atoms_max
        self._k = quote_atoms_per_tick_lot

    def sated(self) -> bool:
        """Return whether all lots were had."""
        return self._rest_lots == 0

    def lots_at(self, price_ticks: int, *, paid: bool = True) -> int:
        """Return the lots still wanted, no more than the rest of the amount is worth."""
        if not paid:
            return self._rest_lots
        return min(self._rest_lots, self._rest_atoms // (price_ticks * self._k))

    def take(self, price_ticks: int, qty_lots: int, *, paid: bool = True) -> None:
        """Count ``qty_lots`` as had, at their price if ``paid``."""
        self._rest_lots -= qty_lots
        if paid:
            self._rest_atoms -= price_ticks * qty_lots * self._k

    def content(self) -> bool:
        """Return whether all lots were had; a spent amount alone is not enough."""
        return self.sated()


class ByBudget:
    """A taker that wants whole lots for an amount of the quote asset."""

    def __init__(self, budget_atoms: int, quote_atoms_per_tick_lot: int) -> None:
        self._rest_atoms = budget_atoms
        self._k = quote_atoms_per_tick_lot

    def sated(self) -> bool:
        """Return whether the budget is spent to the last atom."""
        return self._rest_atoms == 0

    def lots_at(self, price_ticks: int, *, paid: bool = True) -> int:
        """Return how many whole lots the rest of the budget is worth."""
        return self._rest_atoms // (price_ticks * self._k)

    def take(self, price_ticks: int, qty_lots: int, *, paid: bool = True) -> None:
        """Count ``qty_lots`` as had, at their price."""
        self._rest_atoms -= price_ticks * qty_lots * self._k

    def content(self) -> bool:
        """Return True: what the rest of a budget does not buy is not wanted."""
        return True


@dataclass(frozen=True, slots=True)
class _Slice(Generic[OrderT]):
    """What a taker meets at once of ``maker``, and all that is left of it."""

    maker: OrderT
    visible_qty_lots: int
    leaves_qty_lots: int
    linked: bool = False
    """Whether to meet it ends another order, which is one more event."""


class _Line(Generic[OrderT]):
    """The slices a taker meets, one after the other. A refilled one joins the back of its level."""

    def __init__(self, makers: Iterable[OrderT]) -> None:
        self._makers = iter(makers)
        self._ahead: OrderT | None = next(self._makers, None)
        self._refilled: deque[_Slice[OrderT]] = deque()

    def __iter__(self) -> Iterator[_Slice[OrderT]]:
        while self._refilled or self._ahead is not None:
            maker = self._ahead
            if maker is None or self._level_is_over(maker):
                yield self._refilled.popleft()
            else:
                self._ahead = next(self._makers, None)
                linked = maker.sibling_order_id > 0
                yield _Slice(maker, maker.visible_qty_lots, maker.leaves_qty_lots, linked)

    def _level_is_over(self, ahead: OrderT) -> bool:
        """Return whether refilled slices come before ``ahead``, which is of a worse price."""
        return bool(self._refilled) and self._refilled[0].maker.price_ticks != ahead.price_ticks

    def use(self, met: _Slice[OrderT], qty_lots: int) -> bool:
        """Take ``qty_lots`` off a slice; return whether that refills its maker."""
        leaves_qty_lots = met.leaves_qty_lots - qty_lots
        if qty_lots < met.visible_qty_lots or not leaves_qty_lots:
            return False
        visible_qty_lots = min(met.maker.display_qty_lots, leaves_qty_lots)
        self._refilled.append(_Slice(met.maker, visible_qty_lots, leaves_qty_lots))
        return True


def sweep(
    makers: Iterable[OrderT],
    appetite: Appetite,
    *,
    group_id: int,
    self_trade_prevention: SelfTradePrevention,
    past_breaker: Callable[[int], bool] = lambda price_ticks: False,
    events_max: int,
    events_before: int = 0,
) -> Sweep[OrderT]:
    """Return what a taker does to ``makers`` (price-time order, none past its bound).

    ``group_id`` is the taker's. It meets nobody at a price that is ``past_breaker``. ``events_max``
    bounds the whole command: the events it had before this taker, the one that announces the taker,
    and the one that closes it are included.
    """
    plan: Sweep[OrderT] = Sweep()
    events = events_before + _EVENTS_FIRST
    line = _Line(makers)
    for met in line:
        if appetite.sated():
            break
        maker = met.maker
        if past_breaker(maker.price_ticks):
            plan.ending = Ending.BREAKER
            return plan
        own = maker.group_id == group_id
        mode = self_trade_prevention if own else SelfTradePrevention.NONE
        if events + _events_of(met, mode) + _EVENTS_CLOSING > events_max:
            plan.ending = Ending.EVENT_LIMIT
            return plan
        qty_lots = min(appetite.lots_at(maker.price_ticks), met.visible_qty_lots)
        if qty_lots == 0:
            return _completed(plan, appetite)
        events += met.linked
        match mode:
            case SelfTradePrevention.NONE:
                _fill(plan, maker, qty_lots)
                events += 1
            case SelfTradePrevention.DECREMENT:
                wanted_lots = appetite.lots_at(maker.price_ticks, paid=False)
                qty_lots = min(wanted_lots, met.visible_qty_lots)
                plan.last_take = Decrement(maker, qty_lots)
                plan.steps.append(plan.last_take)
                events += 2
            case SelfTradePrevention.CANCEL_MAKER:
                plan.steps.append(CancelMaker(maker))
                events += 1
                continue
            case SelfTradePrevention.CANCEL_TAKER | SelfTradePrevention.CANCEL_BOTH:
                return _ended_by_own(plan, maker, mode)
        paid = mode is SelfTradePrevention.NONE
        appetite.take(maker.price_ticks, qty_lots, paid=paid)
        if qty_lots < met.visible_qty_lots:
            return _completed(plan, appetite)  # the slice stands: an amount goes no further either
        if line.use(met, qty_lots):
            events += _EVENTS_PER_REFILL
    return _completed(plan, appetite) if appetite.sated() else plan


def _events_of(met: _Slice[OrderT], mode: SelfTradePrevention) -> int:
    """Return how many events this maker may lead to."""
    decrements = mode is SelfTradePrevention.DECREMENT
    refills = decrements and met.leaves_qty_lots > met.visible_qty_lots
    return _EVENTS_PER_MAKER_MAX + met.linked + (_EVENTS_PER_REFILL if refills else 0)


def _ended_by_own(plan: Sweep[OrderT], maker: OrderT, mode: SelfTradePrevention) -> Sweep[OrderT]:
    if mode is SelfTradePrevention.CANCEL_BOTH:
        plan.steps.append(CancelMaker(maker))
    plan.ending = Ending.SELF_TRADE
    return plan


def _fill(plan: Sweep[OrderT], maker: OrderT, qty_lots: int) -> None:
    plan.last_take = Fill(maker, qty_lots)
    plan.steps.append(plan.last_take)
    plan.filled_qty_lots += qty_lots
    plan.cost_tick_lots += maker.price_ticks * qty_lots


def _completed(plan: Sweep[OrderT], appetite: Appetite) -> Sweep[OrderT]:
    # A budget that never bought a lot, its best maker being cancelled on the way, is not complete.
    complete = plan.last_take is not None and appetite.content()
    plan.ending = Ending.COMPLETE if complete else Ending.NO_MAKER
    return plan
