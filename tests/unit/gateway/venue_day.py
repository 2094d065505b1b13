"""What an operator and traders do on a day with auctions, breakers, trailing stops and lists."""

import random

from domain.client_order_ids import pack_client_order_id
from domain.commands import Command, NewOrder, NewOrderList, OrderListLeg, SetTradingStatus
from domain.orders import (
    OrderFlag,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TradingStatus,
    VenueStatus,
)
from domain.venue_commands import (
    SetFees,
    SetFeeTier,
    SetInstrumentRules,
    SetVenueStatus,
    UpdateInstrument,
)
from tests.unit.gateway.exchange import (
    ALICE,
    BOB,
    BTC,
    BTC_USDT,
    CAROL,
    ETH_USDT,
    USDT,
    Exchange,
)

PRICE = 6_400_000
_STATUSES = (
    TradingStatus.AUCTION,
    TradingStatus.AUCTION,
    TradingStatus.TRADING,
    TradingStatus.TRADING,
    TradingStatus.TRADING,
    TradingStatus.HALT,
    TradingStatus.CANCEL_ONLY,
)


def venue_commands(draw: random.Random, exchange: Exchange, number: int) -> list[Command]:
    """Return the commands of one thing that happens."""
    kind = draw.random()
    instrument_id = draw.choice((BTC_USDT, ETH_USDT))
    if kind < 0.35:
        status = draw.choice(_STATUSES)
        return [SetTradingStatus(instrument_id=instrument_id, trading_status=status)]
    if kind < 0.45:
        return [_rules(draw, instrument_id)]
    if kind < 0.5:
        return [_update(draw)]
    if kind < 0.55:
        halted = SetVenueStatus(venue_status=VenueStatus.HALTED)
        return [halted, SetVenueStatus(venue_status=VenueStatus.OPEN)]
    if kind < 0.6:
        fees = (draw.randrange(0, 900), draw.randrange(0, 900))
        of_tier = SetFees(
            instrument_id=instrument_id, tier=1, maker_fee_ppm=fees[0], taker_fee_ppm=fees[1]
        )
        return [of_tier, SetFeeTier(account_id=BOB, tier=draw.randrange(2))]
    if kind < 0.8:
        return [_trailing(draw, exchange, number, instrument_id)]
    return order_list(draw, exchange, number, instrument_id)


def _rules(draw: random.Random, instrument_id: int) -> SetInstrumentRules:
    breaks = draw.random() < 0.5
    return SetInstrumentRules(
        instrument_id=instrument_id,
        breaker_bps=draw.randrange(1, 3) if breaks else 0,
        breaker_window_s=1 if breaks else 0,
        auction_s=draw.randrange(0, 2),
        reference_price_ticks=PRICE,
    )


def _update(draw: random.Random) -> UpdateInstrument:
    return UpdateInstrument(
        instrument_id=BTC_USDT,
        symbol=b"BTC-USDT",
        base_asset_id=BTC,
        quote_asset_id=USDT,
        quote_atoms_per_tick_lot=10,
        base_atoms_per_lot=1_000,
        maker_fee_ppm=draw.randrange(1_000),
        taker_fee_ppm=draw.randrange(1_000),
        band_bps=draw.randrange(100, 2_000),
    )


def _trailing(draw: random.Random, exchange: Exchange, number: int, instrument_id: int) -> NewOrder:
    return NewOrder(
        account_id=draw.choice((ALICE, BOB, CAROL)),
        instrument_id=instrument_id,
        side=draw.choice((Side.BUY, Side.SELL)),
        order_type=OrderType.TRAILING_STOP,
        time_in_force=TimeInForce.IOC,
        self_trade_prevention=draw.choice(list(SelfTradePrevention)),
        trailing_bps=draw.randrange(1, 4),
        qty_lots=draw.randrange(100, 1_000),
        valid_until_ns=exchange.now_ns + 1,
        client_order_id=pack_client_order_id(f"t{number}"),
    )


def order_list(
    draw: random.Random, exchange: Exchange, number: int, instrument_id: int
) -> list[Command]:
    """Return a limit order above or below the market and a stop on its other side."""
    side = draw.choice((Side.BUY, Side.SELL))
    away = -1 if side is Side.BUY else 1
    at_market = draw.random() < 0.5
    terms = {
        "account_id": draw.choice((ALICE, BOB, CAROL)),
        "instrument_id": instrument_id,
        "side": side,
        "qty_lots": draw.randrange(100, 1_000),
        "self_trade_prevention": draw.choice(list(SelfTradePrevention)),
        "valid_until_ns": exchange.now_ns + 1,
    }
    stop_ticks = PRICE - away * draw.randrange(1, 6)
    limit = OrderListLeg(
        **terms,  # type: ignore[arg-type]
        flags=OrderFlag.POST_ONLY,
        price_ticks=PRICE + away * draw.randrange(0, 6),
        client_order_id=pack_client_order_id(f"la{number}"),
    )
    stop = OrderListLeg(
        **terms,  # type: ignore[arg-type]
        order_type=OrderType.STOP if at_market else OrderType.STOP_LIMIT,
        time_in_force=TimeInForce.IOC if at_market else TimeInForce.GTC,
        price_ticks=0 if at_market else stop_ticks,
        trigger_price_ticks=stop_ticks,
        client_order_id=pack_client_order_id(f"lb{number}"),
    )
    entry = NewOrderList(
        account_id=limit.account_id,
        instrument_id=instrument_id,
        valid_until_ns=exchange.now_ns + 1,
        client_order_id=pack_client_order_id(f"l{number}"),
    )
    return [limit, stop, entry]
