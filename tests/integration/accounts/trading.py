"""A seeded day of trading: orders of every kind, and the events the reference core answers."""

import random
from collections.abc import Iterator

from domain.client_order_ids import pack_client_order_id
from domain.commands import (
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Command,
    CreateAsset,
    CreateInstrument,
    Deposit,
    NewOrder,
    OpenAccount,
    ReplaceOrder,
    SetTradingStatus,
)
from domain.orders import OrderType, SelfTradePrevention, Side, TimeInForce, TradingStatus
from engine_core.contract import Core
from schemas.codec import encode_command

BTC, ETH, USDT = 1, 2, 3
BTC_USDT, ETH_USDT = 1, 2
ACCOUNTS = (1_000, 1_001, 1_002, 1_003)
GROUP_OF = {1_000: 1, 1_001: 2, 1_002: 3, 1_003: 3}  # the last two are one owner
FUNDS_ATOMS = 10**15
START_NS = 1_700_000_000_000_000_000
STEP_NS = 10_000_000
"""Between two commands."""


def listing() -> list[Command]:
    """Return the commands that create three assets and open two markets."""
    commands: list[Command] = [
        CreateAsset(asset_id=asset_id, scale=8, name=name)
        for asset_id, name in ((BTC, b"BTC"), (ETH, b"ETH"), (USDT, b"USDT"))
    ]
    for instrument_id, base, symbol in ((BTC_USDT, BTC, b"BTC-USDT"), (ETH_USDT, ETH, b"ETH-USDT")):
        commands += [
            CreateInstrument(
                instrument_id=instrument_id,
                symbol=symbol,
                base_asset_id=base,
                quote_asset_id=USDT,
                quote_atoms_per_tick_lot=10,
                base_atoms_per_lot=1_000,
                maker_fee_ppm=500,
                taker_fee_ppm=1_000,
                band_bps=1_000,
            ),
            SetTradingStatus(instrument_id=instrument_id, trading_status=TradingStatus.TRADING),
        ]
    return commands


def opening() -> list[Command]:
    """Return the commands that open a venue of two markets and four funded accounts."""
    commands = listing()
    source_seq = 0
    for account_id in ACCOUNTS:
        commands.append(OpenAccount(account_id=account_id, group_id=GROUP_OF[account_id]))
        for asset_id in (BTC, ETH, USDT):
            source_seq += 1
            commands.append(
                Deposit(
                    account_id=account_id,
                    asset_id=asset_id,
                    amount_atoms=FUNDS_ATOMS,
                    source_id=1,
                    source_seq=source_seq,
                )
            )
    return commands


def random_orders(seed: int, count: int) -> Iterator[Command]:
    """Yield ``count`` order commands of all kinds around one price."""
    rng = random.Random(seed)
    for number in range(1, count + 1):
        account_id = rng.choice(ACCOUNTS)
        kind = rng.random()
        if kind < 0.1:
            yield CancelOrder(account_id=account_id, order_id=_recent_order_id(rng, number))
        elif kind < 0.25:
            yield _replace(rng, account_id, number)
        elif kind < 0.255:
            yield CancelAll(account_id=account_id)
        elif kind < 0.26:
            yield CancelAllAfter(account_id=account_id, timeout_ms=rng.randint(0, 500))
        elif kind < 0.35:
            yield _conditional(rng, account_id, number)
        else:
            yield _new_order(rng, account_id, number)


def _replace(rng: random.Random, account_id: int, number: int) -> ReplaceOrder:
    return ReplaceOrder(
        account_id=account_id,
        order_id=_recent_order_id(rng, number),
        price_ticks=rng.randint(9_990, 10_010),
        qty_lots=rng.randint(1, 40),
        trigger_price_ticks=rng.randint(9_990, 10_010) if rng.random() < 0.2 else 0,
        display_qty_lots=rng.randint(1, 10) if rng.random() < 0.2 else 0,
        valid_until_ns=1 << 62,
        request_id=pack_client_order_id(f"r-{number}"),
    )


def _recent_order_id(rng: random.Random, number: int) -> int:
    """About two commands in three enter an order."""
    return max(1, number * 2 // 3 - rng.randint(-5, 30))


def _conditional(rng: random.Random, account_id: int, number: int) -> NewOrder:
    at_market = rng.random() < 0.5
    market_types = (OrderType.STOP, OrderType.TAKE_PROFIT)
    limit_types = (OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT)
    return NewOrder(
        account_id=account_id,
        instrument_id=rng.choice((BTC_USDT, ETH_USDT)),
        side=rng.choice((Side.BUY, Side.SELL)),
        order_type=rng.choice(market_types if at_market else limit_types),
        time_in_force=TimeInForce.IOC if at_market else TimeInForce.GTC,
        self_trade_prevention=rng.choice(list(SelfTradePrevention)),
        price_ticks=0 if at_market else rng.randint(9_990, 10_010),
        qty_lots=rng.randint(1, 30),
        trigger_price_ticks=rng.randint(9_990, 10_010),
        valid_until_ns=1 << 62,
        client_order_id=pack_client_order_id(f"o-{number}"),
    )


def _new_order(rng: random.Random, account_id: int, number: int) -> NewOrder:
    is_market = rng.random() < 0.2
    by_budget = is_market and rng.random() < 0.5
    prevention = rng.choice(list(SelfTradePrevention))
    if by_budget and prevention is SelfTradePrevention.DECREMENT:
        prevention = SelfTradePrevention.NONE
    limit_terms = (TimeInForce.GTC, TimeInForce.GTC, TimeInForce.GTD, TimeInForce.IOC)
    time_in_force = TimeInForce.IOC if is_market else rng.choice(limit_terms)
    is_dated = time_in_force is TimeInForce.GTD
    hides = time_in_force is not TimeInForce.IOC and rng.random() < 0.3
    return NewOrder(
        account_id=account_id,
        instrument_id=rng.choice((BTC_USDT, ETH_USDT)),
        side=rng.choice((Side.BUY, Side.SELL)),
        order_type=OrderType.MARKET if is_market else OrderType.LIMIT,
        time_in_force=time_in_force,
        display_qty_lots=rng.randint(1, 10) if hides else 0,
        expire_s=START_NS // 10**9 + number // 100 + rng.randint(1, 4) if is_dated else 0,
        self_trade_prevention=prevention,
        price_ticks=0 if is_market else rng.randint(9_990, 10_010),
        qty_lots=0 if by_budget else rng.randint(1, 30),
        quote_budget_atoms=rng.randint(100_000, 3_000_000) if by_budget else 0,
        valid_until_ns=1 << 62,
        client_order_id=pack_client_order_id(f"o-{number}"),
    )


def execute(core: Core, commands: list[Command]) -> bytes:
    """Return the events of ``commands``, each ``STEP_NS`` after the one before."""
    start_ns = max(core.log_ts_ns, START_NS)
    return b"".join(
        core.apply(encode_command(command), start_ns + STEP_NS * at)[0]
        for at, command in enumerate(commands, 1)
    )
