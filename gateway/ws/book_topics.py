"""What a reader asks for of a book, checked."""

from typing import Final

from domain.instruments import InvalidDecimal
from gateway.errors import invalid
from gateway.state.market import Market
from gateway.ws.book_channels import BEST, BOOK, BookTopic
from gateway.ws.book_content import BookTerms, group_ticks
from gateway.ws.requests import Subscribe

BOOK_INTERVAL_MS: Final = 50
BEST_INTERVAL_MS: Final = 10
SHALLOW_LEVELS_MAX: Final = 100
"""Of views told more often than ten times a second: each is worked out anew every time."""
DEEP_INTERVAL_MS: Final = 100


def book_topic(request: Subscribe, market: Market) -> BookTopic:
    """Return what a subscription to a channel of a book means.

    Raises:
        ApiError: 400, it means nothing.
    """
    interval_ms = request.interval_ms
    if interval_ms is None:
        interval_ms = BEST_INTERVAL_MS if request.channel == BEST else BOOK_INTERVAL_MS
    terms = BookTerms(interval_ms, request.levels, _group(request.group, market))
    if terms.is_view:
        if request.channel != BOOK:
            raise invalid("levels and group are for the channel 'book'")
        _check_view(terms)
    return BookTopic(request.channel, market.instrument.symbol, terms)


def _group(text: str | None, market: Market) -> str | None:
    """Return a step of prices in its one form, so that equal ones are one view."""
    if text is None:
        return None
    try:
        return market.price_text(group_ticks(market, text))
    except InvalidDecimal as error:
        raise invalid(f"group: {error}") from error


def _check_view(terms: BookTerms) -> None:
    shallow = terms.levels is not None and terms.levels <= SHALLOW_LEVELS_MAX
    if terms.interval_ms < DEEP_INTERVAL_MS and (terms.group is not None or not shallow):
        raise invalid(
            f"a view with a group, or of more than {SHALLOW_LEVELS_MAX} levels, has an "
            f"interval_ms of {DEEP_INTERVAL_MS} at least"
        )
