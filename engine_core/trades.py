"""A trade: both sides settle, both orders shrink, and everybody is told."""

from dataclasses import dataclass

from domain.events import BalanceChanged, Trade, TradeFlag
from domain.orders import AggressorSide, Side
from domain.reasons import BalanceReason
from engine_core.endings import end_sibling
from engine_core.listing import Listing
from engine_core.order import Order
from engine_core.resting import refill
from engine_core.turn import Turn
from risk.fees import FeeRates
from risk.reference import FillSide


@dataclass(frozen=True, slots=True)
class _Settled:
    """What one trade is, once both sides have settled."""

    maker: Order
    taker: Order
    price_ticks: int
    qty_lots: int
    maker_fee_atoms: int
    taker_fee_atoms: int


def trade(
    turn: Turn, listing: Listing, maker: Order, taker: Order, qty_lots: int, completed: bool
) -> None:
    """Trade at the maker's price; ``completed``: with this the taker has all it wants."""
    end_sibling(turn, maker)
    price_ticks = maker.price_ticks
    maker_fee_ppm = _rates(turn, listing, maker).maker_fee_ppm
    taker_fee_ppm = _rates(turn, listing, taker).taker_fee_ppm
    # A market buy has no price of its own: it holds exactly what its fills cost.
    limit_ticks = taker.price_ticks or price_ticks
    settled = _Settled(
        maker,
        taker,
        price_ticks,
        qty_lots,
        _settle(turn, listing, maker, price_ticks, price_ticks, qty_lots, maker_fee_ppm),
        _settle(turn, listing, taker, price_ticks, limit_ticks, qty_lots, taker_fee_ppm),
    )
    turn.state.reduce_in_book(listing, maker, qty_lots)
    if not taker.quote_budget_atoms:
        taker.leaves_qty_lots -= qty_lots
    _say_traded(turn, listing, settled, AggressorSide(taker.side), completed)
    refill(turn, listing, maker)


def trade_in_auction(
    turn: Turn, listing: Listing, older: Order, younger: Order, price_ticks: int, qty_lots: int
) -> None:
    """Trade two orders of the book at the auction's price, hidden quantities included."""
    end_sibling(turn, older)
    end_sibling(turn, younger)
    older_fee_ppm = _rates(turn, listing, older).maker_fee_ppm
    younger_fee_ppm = _rates(turn, listing, younger).maker_fee_ppm
    limit_ticks = younger.price_ticks
    settled = _Settled(
        older,
        younger,
        price_ticks,
        qty_lots,
        _settle(turn, listing, older, price_ticks, price_ticks, qty_lots, older_fee_ppm),
        _settle(turn, listing, younger, price_ticks, limit_ticks, qty_lots, younger_fee_ppm),
    )
    turn.state.take_from_book(listing, older, qty_lots)
    turn.state.take_from_book(listing, younger, qty_lots)
    completed = younger.leaves_qty_lots == 0
    _say_traded(turn, listing, settled, AggressorSide.NONE, completed)
    if older.side is Side.BUY and older.price_ticks > price_ticks:
        saved_atoms = listing.notional_atoms(older.price_ticks - price_ticks, qty_lots)
        _return_saved(turn, listing, older, saved_atoms)


def _return_saved(turn: Turn, listing: Listing, order: Order, saved_atoms: int) -> None:
    turn.release(order, saved_atoms)
    balance = turn.spent_balance(order)
    turn.emit(
        BalanceChanged(
            ts_ns=turn.ts_ns,
            reason=BalanceReason.PRICE_IMPROVEMENT,
            account_id=order.account_id,
            asset_id=listing.spent_asset_id(order.side),
            amount_atoms=0,
            source_id=0,
            source_seq=0,
            available_atoms=balance.available_atoms,
            held_atoms=balance.held_atoms,
        )
    )


def _say_traded(
    turn: Turn,
    listing: Listing,
    settled: _Settled,
    aggressor_side: AggressorSide,
    completed: bool,
) -> None:
    maker, taker = settled.maker, settled.taker
    flags = TradeFlag.TAKER_FILLED if completed else TradeFlag(0)
    if maker.leaves_qty_lots == 0:
        flags |= TradeFlag.MAKER_FILLED
    balances = turn.state.balances
    maker_received = balances.of(maker.account_id, listing.received_asset_id(maker.side))
    taker_received = balances.of(taker.account_id, listing.received_asset_id(taker.side))
    taker_spent = turn.spent_balance(taker)
    turn.emit(
        Trade(
            ts_ns=turn.ts_ns,
            trade_id=listing.next_trade_id,
            instrument_id=maker.instrument_id,
            aggressor_side=aggressor_side,
            maker_side=maker.side,
            flags=flags,
            maker_order_id=maker.order_id,
            taker_order_id=taker.order_id,
            maker_account_id=maker.account_id,
            taker_account_id=taker.account_id,
            price_ticks=settled.price_ticks,
            qty_lots=settled.qty_lots,
            book_seq=listing.count_visible_change(),
            maker_fee_atoms=settled.maker_fee_atoms,
            taker_fee_atoms=settled.taker_fee_atoms,
            maker_received_available_atoms=maker_received.available_atoms,
            maker_held_atoms=turn.spent_balance(maker).held_atoms,
            taker_received_available_atoms=taker_received.available_atoms,
            taker_available_atoms=taker_spent.available_atoms,
            taker_held_atoms=taker_spent.held_atoms,
        )
    )
    listing.last_trade_price_ticks = settled.price_ticks
    listing.next_trade_id += 1


def _rates(turn: Turn, listing: Listing, order: Order) -> FeeRates:
    return listing.rates_of(turn.state.accounts[order.account_id].fee_tier)


def _settle(
    turn: Turn,
    listing: Listing,
    order: Order,
    price_ticks: int,
    limit_ticks: int,
    qty_lots: int,
    fee_ppm: int,
) -> int:
    """Move what ``order`` pays and gets for one fill, out of its hold at ``limit_ticks``; return
    its fee.
    """
    fee = turn.state.balances.settle(
        FillSide(
            account_id=order.account_id,
            spent_asset_id=listing.spent_asset_id(order.side),
            released_atoms=listing.hold_atoms(order.side, limit_ticks, qty_lots),
            spent_atoms=listing.hold_atoms(order.side, price_ticks, qty_lots),
            received_asset_id=listing.received_asset_id(order.side),
            received_atoms=listing.hold_atoms(order.side.opposite, price_ticks, qty_lots),
            fee_ppm=fee_ppm,
            fee_debt=order.fee_debt,
        )
    )
    order.fee_debt = fee.fee_debt
    order.cum_qty_lots += qty_lots
    return fee.fee_atoms
