"""What trading costs, as fractions: this dialect's words for fees."""

from typing import Any, Final

from domain.units import PPM
from gateway.binance.texts import symbol_of
from gateway.state.market import Fees, Market

FREE: Final = Fees(0, 0)
_PPM_PER_BPS: Final = 100


def fraction(fee_ppm: int) -> str:
    """Return parts per million as a decimal fraction."""
    whole, part = divmod(fee_ppm, PPM)
    return f"{whole}.{part:06d}00"


NO_DISCOUNT: Final[dict[str, Any]] = {
    "enabledForAccount": False,
    "enabledForSymbol": False,
    "discountAsset": "",
    "discount": fraction(0),
}


def rates(fees: Fees) -> dict[str, str]:
    """Present what an order pays by how it trades."""
    return {"maker": fraction(fees.maker_ppm), "taker": fraction(fees.taker_ppm)}


def of_account(paid: list[Fees]) -> dict[str, Any]:
    """Present what an account pays at most, of its fees in each instrument."""
    highest = Fees(
        max((fees.maker_ppm for fees in paid), default=0),
        max((fees.taker_ppm for fees in paid), default=0),
    )
    return {
        "makerCommission": highest.maker_ppm // _PPM_PER_BPS,
        "takerCommission": highest.taker_ppm // _PPM_PER_BPS,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": _by_side_too(highest),
    }


def of_market(market: Market, fees: Fees) -> dict[str, Any]:
    """Present what an account pays in one instrument."""
    return {
        "symbol": symbol_of(market),
        "standardCommission": _by_side_too(fees),
        "specialCommission": _by_side_too(FREE),
        "taxCommission": _by_side_too(FREE),
        "discount": NO_DISCOUNT,
    }


def trade_fee(market: Market, fees: Fees) -> dict[str, str]:
    """Present what an account pays in one instrument, shortly."""
    return {
        "symbol": symbol_of(market),
        "makerCommission": fraction(fees.maker_ppm),
        "takerCommission": fraction(fees.taker_ppm),
    }


def _by_side_too(fees: Fees) -> dict[str, str]:
    return rates(fees) | {"buyer": fraction(0), "seller": fraction(0)}
