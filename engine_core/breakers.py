"""What guards a price: a collar around limit prices, and a breaker that calls an auction before
trades move too far within its window.
"""

from collections.abc import Callable

from domain.units import NS_PER_S
from engine_core.limits import BPS
from engine_core.listing import Listing


def is_outside_collar(listing: Listing, price_ticks: int) -> bool:
    """Return whether a limit price is too far from the instrument's reference."""
    collar_bps, reference_ticks = listing.rules.collar_bps, listing.reference_ticks
    if not collar_bps or not reference_ticks:
        return False
    return abs(price_ticks - reference_ticks) * BPS > reference_ticks * collar_bps


def past_breaker(listing: Listing, ts_ns: int) -> Callable[[int], bool]:
    """Return whether a trade at a price would be too far away, as a question."""
    reference_ticks, _ = _window(listing, ts_ns)
    breaker_bps = listing.rules.breaker_bps
    if not reference_ticks:
        return lambda price_ticks: False
    low_ticks = -(-reference_ticks * (BPS - breaker_bps) // BPS)
    high_ticks = reference_ticks * (BPS + breaker_bps) // BPS
    return lambda price_ticks: not low_ticks <= price_ticks <= high_ticks


def roll_window(listing: Listing, ts_ns: int) -> None:
    """Start a new window if there is none or it is over: an order is about to take."""
    listing.breaker_reference_ticks, listing.breaker_window_start_ns = _window(listing, ts_ns)


def restart_window(listing: Listing, reference_ticks: int, ts_ns: int) -> None:
    """Start a new window at the price of an uncross; 0: end that there is."""
    listing.clear_breaker_window()
    if listing.rules.breaker_bps and reference_ticks:
        listing.breaker_reference_ticks = reference_ticks
        listing.breaker_window_start_ns = ts_ns


def _window(listing: Listing, ts_ns: int) -> tuple[int, int]:
    """Return the reference and the start of the window that holds at ``ts_ns``."""
    if not listing.rules.breaker_bps:
        return 0, 0
    start_ns = listing.breaker_window_start_ns
    if listing.breaker_reference_ticks and (
        ts_ns < start_ns + listing.rules.breaker_window_s * NS_PER_S
    ):
        return listing.breaker_reference_ticks, start_ns
    return (listing.reference_ticks, ts_ns) if listing.reference_ticks else (0, 0)
