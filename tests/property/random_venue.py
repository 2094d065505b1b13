"""The venue that random commands act on: a few accounts, assets and instruments, and the prices
people have in mind for each instrument.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from domain.commands import CreateInstrument, SetTradingStatus
from domain.orders import Side, TradingStatus

FUNDS_ATOMS: Final = {1: 100_000, 2: 100_000, 3: 100_000, 4: 2**59}
"""Asset: what each account starts with."""
CROWD_FUNDS_ATOMS: Final = 10**9
"""More of the scarce ones, where thousands of orders are to rest."""
NO_INSTRUMENT: Final = 99
"""An id that no instrument has."""
NARROW, ODD, WIDE, SHORT_LIVED = 1, 2, 3, 4
INSTRUMENTS: Final = (
    CreateInstrument(
        instrument_id=NARROW,
        symbol=b"NARROW",
        base_asset_id=1,
        quote_asset_id=2,
        quote_atoms_per_tick_lot=7,
        base_atoms_per_lot=1_000,
        maker_fee_ppm=333,
        taker_fee_ppm=1_234,
        band_bps=300,
        min_notional_atoms=1_400,
    ),
    CreateInstrument(
        instrument_id=ODD,
        symbol=b"ODD",
        base_asset_id=3,
        quote_asset_id=1,
        quote_atoms_per_tick_lot=1,
        base_atoms_per_lot=3,
        maker_fee_ppm=0,
        taker_fee_ppm=250_000,
        band_bps=10_000,
        price_max_ticks=1_000,
        qty_max_lots=500,
    ),
    CreateInstrument(
        instrument_id=WIDE,
        symbol=b"WIDE",
        base_asset_id=3,
        quote_asset_id=4,
        quote_atoms_per_tick_lot=1,
        base_atoms_per_lot=1,
        maker_fee_ppm=1,
        taker_fee_ppm=100,
        band_bps=1_000_000,
    ),
    CreateInstrument(
        instrument_id=SHORT_LIVED,
        symbol=b"SHORT-LIVED",
        base_asset_id=2,
        quote_asset_id=3,
        quote_atoms_per_tick_lot=1,
        base_atoms_per_lot=1,
        maker_fee_ppm=0,
        taker_fee_ppm=0,
        band_bps=0,
    ),
)
Prices = Callable[[Side], int]
_TICKS_MAX: Final = 2**53 - 1
_JUMPS: Final = (50, 2**18 - 5, 2**18 + 5, 2**19, 10**6, 2**30, 2**45, 2**53 - 300)


def near_prices(random: Random) -> Prices:
    """Prices around 100 that cross now and then."""
    return lambda side: random.randrange(93, 102) + (5 if side is Side.SELL else 0)


def crowd_prices(random: Random) -> Prices:
    """Prices that hardly ever cross, so that many orders rest."""

    def price(side: Side) -> int:
        offset = random.randrange(60)
        return 99 - offset if side is Side.BUY else 100 - (random.randrange(50) == 0) + offset

    return price


def wide_prices(random: Random) -> Prices:
    """A market that jumps from one magnitude to another, with orders anywhere at all."""
    centre = 1_000

    def price(side: Side) -> int:
        nonlocal centre
        if random.randrange(40) == 0:
            centre = random.choice(_JUMPS)
        if random.randrange(5) == 0:
            return min((1 << random.randrange(53)) + random.randrange(3), _TICKS_MAX)
        skew = 4 if side is Side.SELL else 0
        return min(max(centre + random.randrange(-9, 3) + skew, 1), _TICKS_MAX)

    return price


@dataclass(frozen=True, kw_only=True)
class Venue:
    """Who trades what. ``accounts``: group by account; ``weights``: how busy each instrument is;
    ``crowd``: nearly all commands are orders, and hardly any meet.
    """

    accounts: dict[int, int]
    instruments: tuple[CreateInstrument, ...] = INSTRUMENTS
    weights: dict[int, int]
    short_lived: tuple[int, ...] = (SHORT_LIVED,)
    crowd: bool = False
    stops: int = 60
    """How many of about 350 commands are stops."""
    statuses: int = 4
    """How many move an instrument to another status."""

    def funds_atoms(self, asset_id: int) -> int:
        """Return what each account starts with: all of them stay within an asset's supply."""
        return min(FUNDS_ATOMS[asset_id], 2**61 // len(self.accounts))

    def prices(self, random: Random) -> dict[int, Prices]:
        """Return how prices are made up, by instrument."""
        near = crowd_prices(random) if self.crowd else near_prices(random)
        return {
            terms.instrument_id: wide_prices(random) if terms.band_bps > 10_000 else near
            for terms in self.instruments
        }


def _accounts(count: int) -> dict[int, int]:
    """Return accounts from 1000 on; the first two share a group, and so do some later ones."""
    return {1000 + at: max(1, at) if at < 4 else at // 3 for at in range(count)}


def _copies(count: int) -> tuple[CreateInstrument, ...]:
    """Return the instruments so many times over, under ids of their own."""
    return tuple(
        replace(terms, instrument_id=4 * at + terms.instrument_id)
        for at in range(count)
        for terms in INSTRUMENTS
    )


_BUSY: Final = {NARROW: 4, ODD: 3, WIDE: 3, SHORT_LIVED: 1}
SMALL: Final = Venue(accounts=_accounts(4), weights=_BUSY)
CROWDED: Final = Venue(accounts=_accounts(4), weights=_BUSY, crowd=True)
NERVOUS: Final = Venue(accounts=_accounts(4), weights=_BUSY, stops=400, statuses=15)
"""Many stops, that wake one another up, while instruments stop and go."""
LARGE: Final = Venue(
    accounts=_accounts(60),
    instruments=_copies(5),
    weights={terms.instrument_id: 1 + terms.instrument_id % 4 for terms in _copies(5)},
    short_lived=(SHORT_LIVED, SHORT_LIVED + 4),
)


def status(instrument_id: int, trading_status: TradingStatus) -> SetTradingStatus:
    """Return the command that moves an instrument to a status."""
    return SetTradingStatus(instrument_id=instrument_id, trading_status=trading_status)
