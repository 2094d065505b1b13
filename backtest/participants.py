"""Who trades in a simulated market: a strategy with an account, and when it looks."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from backtest.venue import Venue
from domain.client_order_ids import pack_client_order_id
from domain.commands import CancelOrder, Command, NewOrder, ReplaceOrder
from domain.instruments import Instrument
from domain.orders import OrderFlag, OrderType, Side, TimeInForce
from domain.units import NS_PER_S
from trading_bot.reconcile import Action, Amend, Cancel, OpenOrder, Place, reconcile
from trading_bot.strategy import Desired, MarketView, Quote, Strategy, Take

VALID_NS: Final = 5 * NS_PER_S
_ID, _ACCOUNT, _INSTRUMENT, _SIDE, _PRICE, _, _LEAVES, _CUM = range(8)


@dataclass(frozen=True, slots=True)
class Participant:
    """``pauses``: how many of its own pauses it lets pass between two looks; ``levels``: how many
    of the quotes it wants on a side are entered, the best ones. Both save commands. ``size``: every
    order is so many times as large as the strategy wants it, to make up for it.
    """

    account_id: int
    instrument: Instrument
    strategy: Strategy
    pauses: int = 1
    levels: int = 1_000
    size: int = 1

    def commands(self, venue: Venue, ts_ns: int, first_number: int) -> list[Command]:
        """Return what the strategy wants done at ``ts_ns``; ids are numbered from
        ``first_number``.
        """
        desired = self.strategy.on_timer(self._view(venue, ts_ns))
        actions: list[Action | Take] = [
            *reconcile(self._open_orders(venue), self._best(desired)),
            *(replace(take, qty_lots=take.qty_lots * self.size) for take in desired.takes),
        ]
        return [
            self._command(action, ts_ns, number)
            for number, action in enumerate(actions, start=first_number)
        ]

    def _view(self, venue: Venue, ts_ns: int) -> MarketView:
        bids, asks = venue.core.depth(self.instrument.instrument_id, 1)
        base, quote = (
            sum(venue.core.balance(self.account_id, asset.asset_id))
            for asset in (self.instrument.base, self.instrument.quote)
        )
        return MarketView(
            now_ns=ts_ns,
            instrument=self.instrument,
            best_bid_ticks=bids[0][0] if bids else None,
            best_ask_ticks=asks[0][0] if asks else None,
            base_atoms=base,
            quote_atoms=quote,
        )

    def _open_orders(self, venue: Venue) -> list[OpenOrder]:
        ours = (self.account_id, self.instrument.instrument_id)
        return [
            OpenOrder(row[_ID], Side(row[_SIDE]), row[_PRICE], row[_LEAVES], row[_CUM])
            for row in venue.core.orders()
            if (row[_ACCOUNT], row[_INSTRUMENT]) == ours
        ]

    def _best(self, desired: Desired) -> list[Quote]:
        bids = [quote for quote in desired.quotes if quote.side is Side.BUY]
        asks = [quote for quote in desired.quotes if quote.side is Side.SELL]
        bids.sort(key=lambda quote: -quote.price_ticks)
        asks.sort(key=lambda quote: quote.price_ticks)
        best = (*bids[: self.levels], *asks[: self.levels])
        return [replace(quote, qty_lots=quote.qty_lots * self.size) for quote in best]

    def _command(self, action: Action | Take, ts_ns: int, number: int) -> Command:
        id_, valid_until_ns = pack_client_order_id(str(number)), ts_ns + VALID_NS
        instrument_id = self.instrument.instrument_id
        match action:
            case Cancel(order_id):
                return CancelOrder(
                    account_id=self.account_id, instrument_id=instrument_id, order_id=order_id
                )
            case Amend(order_id, quote, total_qty_lots):
                return ReplaceOrder(
                    account_id=self.account_id,
                    instrument_id=instrument_id,
                    order_id=order_id,
                    price_ticks=quote.price_ticks,
                    qty_lots=total_qty_lots,
                    valid_until_ns=valid_until_ns,
                    request_id=id_,
                )
        order = NewOrder(
            account_id=self.account_id,
            instrument_id=instrument_id,
            side=action.quote.side if isinstance(action, Place) else action.side,
            valid_until_ns=valid_until_ns,
            client_order_id=id_,
        )
        if isinstance(action, Take):
            return replace(
                order,
                order_type=OrderType.MARKET,
                time_in_force=TimeInForce.IOC,
                qty_lots=action.qty_lots,
            )
        return replace(
            order,
            flags=OrderFlag.POST_ONLY,
            price_ticks=action.quote.price_ticks,
            qty_lots=action.quote.qty_lots,
        )


def trade(
    venue: Venue, participants: Sequence[Participant], start_ns: int, end_ns: int
) -> Iterator[int]:
    """Have all trade from ``start_ns`` to ``end_ns``, in the order in which they look; yield the
    time after each look. The same participants on the same venue do the same every time.
    """
    looks = [(start_ns, number) for number in range(len(participants))]
    ids = 1
    while looks:
        ts_ns, number = heapq.heappop(looks)
        one = participants[number]
        commands = one.commands(venue, ts_ns, ids)
        ids += len(commands)
        venue.execute(commands, ts_ns)
        pause_ns = sum(max(1, one.strategy.pause_ns()) for _ in range(one.pauses))
        if ts_ns + pause_ns < end_ns:
            heapq.heappush(looks, (ts_ns + pause_ns, number))
        yield ts_ns
