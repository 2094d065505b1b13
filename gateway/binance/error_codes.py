"""From the gateway's errors to this dialect's codes and texts, one row each.

Clients decide by code, some by the very words: these are not ours to improve.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from domain.reasons import RejectReason
from gateway.binance.errors import BinanceError
from gateway.errors import REFUSALS, ApiError

Row = tuple[int, int, str]
"""HTTP status, code, text."""

_INSUFFICIENT: Final = "Account has insufficient balance for requested action."
_OVERLOADED: Final = (
    "Server is currently overloaded with other requests. Please try again in a few minutes."
)
_INTERNAL: Final = "Internal error; unable to process your request. Please try again."
_UNKNOWN_ERROR: Final = "An unknown error occurred while processing the request."


def _filter(name: str) -> Row:
    return 400, -1013, f"Filter failure: {name}"


def _refused(text: str) -> Row:
    return 400, -2010, text


_DUPLICATE: Final = _refused("Duplicate order sent.")
_CLOSED: Final = _refused("Market is closed.")
_UNSUPPORTED: Final = (400, -1014, "Unsupported order combination.")
_NOT_A_CLIENTS: Final = (400, -1000, _UNKNOWN_ERROR)
"""What no order of a client can be refused for."""

REASONS: Final[dict[RejectReason, Row]] = {
    RejectReason.NONE: (500, -1000, _UNKNOWN_ERROR),
    RejectReason.MALFORMED: (400, -1130, "Data sent for a parameter is not valid."),
    RejectReason.UNKNOWN_COMMAND: _NOT_A_CLIENTS,
    RejectReason.UNKNOWN_ACCOUNT: _refused("This account may not place or cancel orders."),
    RejectReason.UNKNOWN_INSTRUMENT: (400, -1121, "Invalid symbol."),
    RejectReason.UNKNOWN_ASSET: (400, -1130, "Data sent for parameter 'asset' is not valid."),
    RejectReason.UNKNOWN_ORDER: (400, -2011, "Unknown order sent."),
    RejectReason.ACCOUNT_NOT_TRADABLE: _refused("This account may not place or cancel orders."),
    RejectReason.INSTRUMENT_NOT_TRADING: _CLOSED,
    RejectReason.INVALID_PRICE: _filter("PRICE_FILTER"),
    RejectReason.INVALID_QUANTITY: _filter("LOT_SIZE"),
    RejectReason.NOTIONAL_TOO_SMALL: _filter("NOTIONAL"),
    RejectReason.NOTIONAL_TOO_LARGE: _filter("NOTIONAL"),
    RejectReason.INSUFFICIENT_FUNDS: _refused(_INSUFFICIENT),
    RejectReason.POST_ONLY_WOULD_TAKE: _refused("Order would immediately match and take."),
    RejectReason.NO_LIQUIDITY: _refused("Market order found no liquidity."),
    RejectReason.UNSUPPORTED_ORDER_TYPE: (400, -1116, "Invalid orderType."),
    RejectReason.UNSUPPORTED_TIME_IN_FORCE: (400, -1115, "Invalid timeInForce."),
    RejectReason.UNSUPPORTED_COMBINATION: _UNSUPPORTED,
    RejectReason.STALE: (
        400,
        -1021,
        "Timestamp for this request is outside of the recvWindow.",
    ),
    RejectReason.KEY_REUSED: _DUPLICATE,
    RejectReason.DEDUPE_FULL: (503, -1008, _OVERLOADED),
    RejectReason.DUPLICATE_CLIENT_ORDER_ID: _DUPLICATE,
    RejectReason.INVALID_CLIENT_ORDER_ID: (
        400,
        -1100,
        "Illegal characters found in parameter 'newClientOrderId'; "
        "legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
    ),
    RejectReason.TOO_MANY_OPEN_ORDERS: _filter("MAX_NUM_ORDERS"),
    RejectReason.NOTHING_TO_CHANGE: (
        400,
        -2038,
        "The requested action would change no state; rejecting.",
    ),
    RejectReason.SUPPLY_LIMIT: _NOT_A_CLIENTS,
    RejectReason.SOURCE_SEQ_GAP: _NOT_A_CLIENTS,
    RejectReason.SOURCE_SEQ_REPEATED: _NOT_A_CLIENTS,
    RejectReason.ALREADY_EXISTS: _NOT_A_CLIENTS,
    RejectReason.INVALID_INSTRUMENT: _NOT_A_CLIENTS,
    RejectReason.INVALID_ASSET: _NOT_A_CLIENTS,
    RejectReason.INVALID_AMOUNT: _NOT_A_CLIENTS,
    RejectReason.CAPACITY: (503, -1008, _OVERLOADED),
    RejectReason.INVALID_TRANSITION: _NOT_A_CLIENTS,
    RejectReason.INVALID_TRIGGER_PRICE: _filter("PRICE_FILTER"),
    RejectReason.WOULD_TRIGGER_AT_ONCE: _refused("Order would trigger immediately."),
    RejectReason.INVALID_DISPLAY_QUANTITY: _filter("ICEBERG_PARTS"),
    RejectReason.INVALID_EXPIRY: (400, -1115, "Invalid timeInForce."),
    RejectReason.INVALID_TIMEOUT: _NOT_A_CLIENTS,
    RejectReason.NOT_IN_AUCTION: _CLOSED,
    RejectReason.PRICE_OUTSIDE_COLLAR: _filter("PERCENT_PRICE_BY_SIDE"),
    RejectReason.VENUE_HALTED: _CLOSED,
    RejectReason.POSITION_LIMIT: _filter("MAX_POSITION"),
    RejectReason.NOTIONAL_LIMIT: _filter("NOTIONAL"),
    RejectReason.ORDER_RATE: (429, -1015, "Too many new orders; current limit is the account's."),
    RejectReason.BOOK_NOT_EMPTY: _NOT_A_CLIENTS,
    RejectReason.NO_REFERENCE_PRICE: _filter("TRAILING_DELTA"),
    RejectReason.LEGS_MISSING: (503, -1008, _OVERLOADED),
    RejectReason.INVALID_LIST: (400, -1128, "Combination of optional parameters invalid."),
    RejectReason.WITHDRAWAL_NOT_OPEN: _NOT_A_CLIENTS,
}
assert REASONS.keys() == set(REFUSALS)  # no reason without an answer

ROWS: Final[dict[str, Row]] = {
    **{reason.name: row for reason, row in REASONS.items()},
    "INVALID_REQUEST": (400, -1130, "Data sent for a parameter is not valid."),
    "UNAUTHENTICATED": (401, -2015, "Invalid API-key, IP, or permissions for action."),
    "FORBIDDEN": (401, -2015, "Invalid API-key, IP, or permissions for action."),
    "UNKNOWN_ORDER_LIST": (400, -2018, "Order list does not exist."),
    "NOT_FOUND": (400, -2013, "Order does not exist."),
    "NOT_SENT": (503, -1008, _OVERLOADED),
    "UNAVAILABLE": (503, -1001, _INTERNAL),
    "RATE_LIMIT": (429, -1003, "Too many requests; please use the websocket for live updates."),
}


@contextmanager
def in_this_dialect() -> Iterator[None]:
    """Raise the gateway's errors as BinanceError."""
    try:
        yield
    except ApiError as error:
        raise translated(error) from error


def translated(error: ApiError) -> BinanceError:
    """Return an error of the gateway in this dialect's words."""
    if error.code in ROWS:
        status, code, text = ROWS[error.code]
    elif error.status >= 500:
        status, code, text = error.status, -1001, _INTERNAL
    else:
        status, code, text = 400, -1000, _UNKNOWN_ERROR
    retry_after_s = error.retry_after_s
    return BinanceError(status, code, text, retry_after_s=retry_after_s)
