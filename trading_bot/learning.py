"""What a bot asks the exchange before it begins: its instruments, what the account owns, where the
price is.
"""

from collections.abc import Sequence

from client.errors import Unreachable
from client.rest import OpenbellClient
from client.types import Balance
from client.types import Instrument as Traded
from domain.instruments import Asset, Instrument, InvalidDecimal, define


class NotTraded(Unreachable):
    """The exchange is there, an instrument is not (yet)."""


async def learned_instruments(
    client: OpenbellClient, symbols: Sequence[str]
) -> list[tuple[Instrument, Traded]]:
    """Return the instruments of ``symbols``, as domain has them and as the exchange tells them.

    Raises:
        NotTraded: one is not there (yet).
        Unreachable: the exchange is not.
    """
    scales = {asset.name: asset.scale for asset in await client.assets()}
    told = {one.symbol: one for one in await client.instruments()}
    if missing := [symbol for symbol in symbols if symbol not in told]:
        raise NotTraded(f"{', '.join(missing)} is not traded (yet)")
    ids = {name: number for number, name in enumerate(sorted(scales), 1)}

    def asset(name: str) -> Asset:
        return Asset(ids[name], name, scales[name])

    found = []
    for number, one in enumerate((told[symbol] for symbol in symbols), 1):
        instrument = define(
            number,
            asset(one.base_asset),
            asset(one.quote_asset),
            tick_size=one.tick_size,
            lot_size=one.lot_size,
            maker_fee_ppm=one.maker_fee_ppm,
            taker_fee_ppm=one.taker_fee_ppm,
            min_notional=one.min_notional,
        )
        found.append((instrument, one))
    return found


def totals(instruments: Sequence[Instrument], balances: list[Balance]) -> dict[str, int]:
    """Return what the account has of each asset of ``instruments``, in atoms, held or not."""
    assets = {one.name: one for i in instruments for one in (i.base, i.quote)}
    return {
        told.asset: asset.atoms(told.available) + asset.atoms(told.held)
        for told in balances
        if (asset := assets.get(told.asset)) is not None
    }


async def start_ticks(client: OpenbellClient, instrument: Instrument, start_price: str) -> int:
    """Return the last price of an instrument; ``start_price`` if it never traded, or 100 of the
    quote asset if that is none of its prices.
    """
    tickers = await client.tickers(instrument.symbol)
    price = (tickers[0].last if tickers else None) or start_price
    try:
        return instrument.price_ticks(price)
    except InvalidDecimal:
        return round(100 / instrument.measure.tick)
