"""One HTTP exchange: reading what was asked, checking it, and answering refusals in one form."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import msgspec
import structlog
from aiohttp import web

from accounts.database import DATABASE_ERRORS
from accounts.errors import Refusal, RefusalCode
from accounts.metrics import REFUSALS
from accounts.rest.messages import JSON, Request

HTTP_STATUS: Final = {
    RefusalCode.INVALID_REQUEST: 422,
    RefusalCode.EMAIL_TAKEN: 409,
    RefusalCode.INVALID_CREDENTIALS: 401,
    RefusalCode.INVALID_REFRESH_TOKEN: 401,
    RefusalCode.TOO_MANY_ATTEMPTS: 429,
    RefusalCode.WRONG_PASSWORD: 403,
    RefusalCode.INVALID_CODE: 403,
    RefusalCode.INVALID_CHALLENGE: 403,
    RefusalCode.SECOND_FACTOR_REQUIRED: 403,
    RefusalCode.SECOND_FACTOR_ON: 409,
    RefusalCode.NO_SECOND_FACTOR: 403,
    RefusalCode.EMAIL_NOT_VERIFIED: 403,
    RefusalCode.NO_MAIL: 503,
    RefusalCode.BUSY: 503,
    RefusalCode.NOT_FOUND: 404,
    RefusalCode.UNKNOWN_ACCOUNT: 404,
    RefusalCode.UNKNOWN_ASSET: 404,
    RefusalCode.UNKNOWN_INSTRUMENT: 404,
    RefusalCode.API_KEY_LIMIT: 409,
    RefusalCode.FAUCET_CLOSED: 403,
    RefusalCode.FAUCET_LIMIT: 429,
    RefusalCode.REFERENCE_REUSED: 409,
    RefusalCode.MONEY_REFUSED: 422,
    RefusalCode.MONEY_PENDING: 503,
    RefusalCode.NOT_SETTLED_YET: 503,
    RefusalCode.WITHDRAWALS_STOPPED: 503,
    RefusalCode.ADDRESS_NOT_ALLOWED: 422,
    RefusalCode.ADDRESS_LIMIT: 409,
    RefusalCode.WITHDRAWAL_LIMIT: 422,
    RefusalCode.WITHDRAWAL_STATE: 409,
    RefusalCode.FORBIDDEN: 403,
    RefusalCode.LOGIN_STOPPED: 403,
    RefusalCode.ENGINE_REFUSED: 422,
    RefusalCode.ALREADY_DECIDED: 409,
    RefusalCode.SUB_ACCOUNT_LIMIT: 409,
    RefusalCode.NAME_TAKEN: 409,
    RefusalCode.ACCOUNT_NOT_EMPTY: 409,
    RefusalCode.DATABASE_UNAVAILABLE: 503,
}
assert HTTP_STATUS.keys() == set(RefusalCode)

RETRY_AFTER_S: Final = 1
RequestType = TypeVar("RequestType", bound=Request)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_log = structlog.get_logger()


def answer(content: object, status: int = 200) -> web.Response:
    """Return ``content`` as JSON."""
    return web.Response(body=JSON.encode(content), status=status, content_type="application/json")


async def asked(request: web.Request, kind: type[RequestType]) -> RequestType:
    """Return the request's body.

    Raises:
        Refusal: INVALID_REQUEST, naming the field.
    """
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except msgspec.DecodeError as error:
        raise Refusal(RefusalCode.INVALID_REQUEST, str(error)) from None


def query_int(
    request: web.Request, name: str, default: int | None, *, at_least: int = 1, at_most: int = 2**62
) -> int:
    """Return an integer of the query string.

    Raises:
        Refusal: INVALID_REQUEST: missing (without ``default``), not decimal digits, out of range.
    """
    text = request.query.get(name)
    if text is None and default is not None:
        return default
    return checked_int(name, text or "", at_least=at_least, at_most=at_most)


def path_int(request: web.Request, name: str) -> int:
    """Return an id of the path.

    Raises:
        Refusal: INVALID_REQUEST.
    """
    return checked_int(name, request.match_info[name], at_least=1, at_most=2**53 - 1)


def checked_int(name: str, text: str, *, at_least: int, at_most: int) -> int:
    """Return decimal ``text`` as an integer.

    Raises:
        Refusal: INVALID_REQUEST.
    """
    is_digits = text.isascii() and text.isdigit() and len(text) <= 19
    if not is_digits or not at_least <= int(text) <= at_most:
        raise Refusal(
            RefusalCode.INVALID_REQUEST, f"{name}: a whole number from {at_least} to {at_most}"
        )
    return int(text)


@web.middleware
async def answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn refusals, unknown paths and a database that is away into error answers."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return _refused(refusal)
    except web.HTTPException as error:
        body = {"error": {"code": error.reason.upper().replace(" ", "_"), "message": error.reason}}
        refused = answer(body, error.status)
        if isinstance(error, web.HTTPMethodNotAllowed):
            refused.headers["Allow"] = error.headers["Allow"]
        return refused
    except DATABASE_ERRORS as error:
        _log.error("call_failed", path=request.path, error=f"{type(error).__name__}: {error}")
        message = "the database does not answer: try again"
        return _refused(Refusal(RefusalCode.DATABASE_UNAVAILABLE, message, RETRY_AFTER_S))


def _refused(refusal: Refusal) -> web.Response:
    REFUSALS.labels(refusal.code).inc()
    error: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
    response = answer({"error": error}, HTTP_STATUS[refusal.code])
    if refusal.retry_after_s is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_s)
    return response
