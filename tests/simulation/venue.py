"""The simulated venue: two assets more than needed, two markets, and who may trade in them."""

from typing import Final

from domain.commands import (
    Command,
    CreateAsset,
    CreateInstrument,
    OpenAccount,
    SetTradingStatus,
)
from domain.orders import TradingStatus
from domain.venue_commands import SetInstrumentRules

COIN, CASH, GOLD = 1, 2, 3
TRADERS: Final = (1_001, 1_002, 1_003)
TICK_CASH: Final = 7
"""What one tick of COIN-CASH is in CASH; a lot is one COIN."""
PLAIN, NERVOUS = 1, 2
INSTRUMENTS: Final = (
    CreateInstrument(
        instrument_id=PLAIN,
        symbol=b"COIN-CASH",
        base_asset_id=COIN,
        quote_asset_id=CASH,
        quote_atoms_per_tick_lot=7,
        base_atoms_per_lot=1_000,
        maker_fee_ppm=3_330,
        taker_fee_ppm=12_340,
        band_bps=200,
        min_notional_atoms=700,
    ),
    CreateInstrument(
        instrument_id=NERVOUS,
        symbol=b"GOLD-CASH",
        base_asset_id=GOLD,
        quote_asset_id=CASH,
        quote_atoms_per_tick_lot=7,
        base_atoms_per_lot=1_000,
        maker_fee_ppm=0,
        taker_fee_ppm=250_000,
        band_bps=10_000,
    ),
)
SYMBOLS: Final = tuple(terms.symbol.decode() for terms in INSTRUMENTS)


def opening(traders: int) -> list[Command]:
    """Return what makes the venue."""
    commands: list[Command] = [
        CreateAsset(asset_id=COIN, scale=3, name=b"COIN"),
        CreateAsset(asset_id=CASH, scale=0, name=b"CASH"),
        CreateAsset(asset_id=GOLD, scale=3, name=b"GOLD"),
    ]
    # The first two are of one owner: they must not trade with each other if one of them says so.
    commands += [
        OpenAccount(account_id=account_id, group_id=max(1, at))
        for at, account_id in enumerate(TRADERS[:traders])
    ]
    for terms in INSTRUMENTS:
        commands.append(terms)
        commands.append(
            SetTradingStatus(
                instrument_id=terms.instrument_id, trading_status=TradingStatus.TRADING
            )
        )
    commands.append(
        SetInstrumentRules(
            instrument_id=NERVOUS,
            collar_bps=700,
            breaker_bps=400,
            breaker_window_s=1,
            auction_s=1,
            reference_price_ticks=100,
        )
    )
    return commands
