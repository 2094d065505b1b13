"""Everything the gateway can answer instead of what was asked for, mapped once."""

from http import HTTPStatus
from typing import Any, Final

from domain.reasons import RejectReason


class GatewayError(Exception):
    """Root of this package's errors."""


class StreamContradicted(GatewayError):
    """The event stream contradicts what was built from it: rebuild from a fresh snapshot."""


class ApiError(GatewayError):
    """An answer other than the one asked for. ``field`` is what of the request is at fault,
    ``retry_after_s`` becomes the Retry-After header.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        field: str | None = None,
        details: dict[str, Any] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.details = details
        self.retry_after_s = retry_after_s

    def body(self) -> dict[str, Any]:
        """Return the JSON object that both REST and WebSocket send as ``error``."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.field is not None:
            error["field"] = self.field
        if self.details is not None:
            error["details"] = self.details
        return error

    def problem(self) -> dict[str, Any]:
        """Return the body of a REST answer (RFC 9457), the object ``error`` in it."""
        problem: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.message,
        }
        if self.field is not None:
            problem["field"] = self.field
        return problem | {"error": self.body()}


REFUSALS: Final[dict[RejectReason, tuple[int, str]]] = {
    RejectReason.NONE: (500, "the engine refused without a reason"),
    RejectReason.MALFORMED: (400, "the engine could not read the command"),
    RejectReason.UNKNOWN_COMMAND: (400, "the engine does not know this command"),
    RejectReason.UNKNOWN_ACCOUNT: (404, "the account is not open for trading yet"),
    RejectReason.UNKNOWN_INSTRUMENT: (404, "there is no such instrument"),
    RejectReason.UNKNOWN_ASSET: (404, "there is no such asset"),
    RejectReason.UNKNOWN_ORDER: (404, "no such order of yours"),
    RejectReason.ACCOUNT_NOT_TRADABLE: (403, "this account cannot trade"),
    RejectReason.INSTRUMENT_NOT_TRADING: (422, "the instrument does not trade at the moment"),
    RejectReason.INVALID_PRICE: (422, "the price is outside the instrument's bounds"),
    RejectReason.INVALID_QUANTITY: (422, "the quantity is outside the instrument's bounds"),
    RejectReason.NOTIONAL_TOO_SMALL: (422, "the order is below the instrument's minimum notional"),
    RejectReason.NOTIONAL_TOO_LARGE: (422, "price times quantity is beyond the exchange's bound"),
    RejectReason.INSUFFICIENT_FUNDS: (422, "the available balance does not cover the order"),
    RejectReason.POST_ONLY_WOULD_TAKE: (422, "a post-only order may not trade at once"),
    RejectReason.NO_LIQUIDITY: (422, "the book has nothing for this market order"),
    RejectReason.UNSUPPORTED_ORDER_TYPE: (422, "this order type is not supported"),
    RejectReason.UNSUPPORTED_TIME_IN_FORCE: (422, "this time in force is not supported here"),
    RejectReason.UNSUPPORTED_COMBINATION: (422, "these options exclude each other"),
    RejectReason.STALE: (422, "it reached the engine too late and was not executed"),
    RejectReason.KEY_REUSED: (409, "the client order id was used before for different content"),
    RejectReason.DEDUPE_FULL: (503, "the engine remembers too many client order ids"),
    RejectReason.DUPLICATE_CLIENT_ORDER_ID: (409, "the client order id was used before"),
    RejectReason.INVALID_CLIENT_ORDER_ID: (422, "the client order id is not valid"),
    RejectReason.TOO_MANY_OPEN_ORDERS: (422, "the account has too many open orders"),
    RejectReason.NOTHING_TO_CHANGE: (422, "the order already is what was asked for"),
    RejectReason.SUPPLY_LIMIT: (422, "the asset's supply would pass its bound"),
    RejectReason.SOURCE_SEQ_GAP: (409, "a money command before this one is missing"),
    RejectReason.SOURCE_SEQ_REPEATED: (409, "this money command was executed before"),
    RejectReason.ALREADY_EXISTS: (409, "it exists already"),
    RejectReason.INVALID_INSTRUMENT: (422, "the instrument's definition is not valid"),
    RejectReason.INVALID_ASSET: (422, "the asset's definition is not valid"),
    RejectReason.INVALID_AMOUNT: (422, "the amount is outside its bounds"),
    RejectReason.CAPACITY: (503, "the engine has no room for more"),
    RejectReason.INVALID_TRANSITION: (422, "the instrument cannot change to this status"),
    RejectReason.INVALID_TRIGGER_PRICE: (422, "the trigger price is outside its bounds"),
    RejectReason.WOULD_TRIGGER_AT_ONCE: (422, "the last trade already meets the order's condition"),
    RejectReason.INVALID_DISPLAY_QUANTITY: (
        422,
        "a display quantity is less than the quantity, and a hundredth of it at least",
    ),
    RejectReason.INVALID_EXPIRY: (422, "a gtd order needs a time to come, and only it has one"),
    RejectReason.INVALID_TIMEOUT: (422, "the timeout is more than 24 hours"),
    RejectReason.NOT_IN_AUCTION: (422, "an auction takes only orders that can wait in the book"),
    RejectReason.PRICE_OUTSIDE_COLLAR: (422, "the price is too far from the last trade"),
    RejectReason.VENUE_HALTED: (503, "the exchange has stopped trading; cancels still work"),
    RejectReason.POSITION_LIMIT: (422, "the order would pass the account's position limit"),
    RejectReason.NOTIONAL_LIMIT: (422, "the order is worth more than the account's limit"),
    RejectReason.ORDER_RATE: (429, "the account sends orders faster than its limit"),
    RejectReason.BOOK_NOT_EMPTY: (422, "units change only while no order is open"),
    RejectReason.NO_REFERENCE_PRICE: (422, "a trailing stop needs a first trade to trail"),
    RejectReason.LEGS_MISSING: (409, "the legs of the order list did not arrive: send it again"),
    RejectReason.INVALID_LIST: (422, "these two orders do not make an order list"),
    RejectReason.WITHDRAWAL_NOT_OPEN: (409, "the withdrawal has ended, or never was"),
}
assert REFUSALS.keys() == set(RejectReason)  # no reason without an answer

RETRY_AFTER_S: Final = 1


def refused(reason: RejectReason) -> ApiError:
    """Return the answer to a command the engine refused."""
    status, message = REFUSALS[reason]
    retry_after_s = RETRY_AFTER_S if status in (429, 503) else None
    return ApiError(status, reason.name, message, retry_after_s=retry_after_s)


def unknown_order() -> ApiError:
    """Return the answer for an order that is not there, or not the asker's: always the same."""
    return refused(RejectReason.UNKNOWN_ORDER)


def unknown_list() -> ApiError:
    """Return the answer for a list that is not there, or not the asker's: always the same."""
    return ApiError(404, "UNKNOWN_ORDER_LIST", "no such order list of yours")


def unknown_symbol() -> ApiError:
    """Return the answer for a symbol that no instrument has."""
    return refused(RejectReason.UNKNOWN_INSTRUMENT)


def invalid(message: str, field: str | None = None) -> ApiError:
    """Return the answer to a malformed request."""
    return ApiError(400, "INVALID_REQUEST", message, field=field)


def unavailable(what: str) -> ApiError:
    """Return the answer while another process is away: nothing was done, ask again soon."""
    return ApiError(
        503, "UNAVAILABLE", f"{what} cannot be reached at the moment", retry_after_s=RETRY_AFTER_S
    )
