"""Signed calls between services: whoever holds the shared secret may call, nobody else.

The header ``X-Openbell-Service: <unix seconds>.<hex>`` carries HMAC-SHA256 over time, method, path
with query and the SHA-256 of the body. It is valid for 30 s either way.
"""

import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import aiohttp
import msgspec
import structlog
from aiohttp import web
from yarl import URL

from service.errors import CallFailed, CallUnanswered, NotSigned
from service.request_ids import REQUEST_ID_HEADER

SIGNATURE_HEADER: Final = "X-Openbell-Service"
SIGNATURE_VALID_S: Final = 30
CALL_TIMEOUT_S: Final = 5.0
INTERNAL_PREFIX: Final = "/internal/"

Answer = TypeVar("Answer")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _mac(secret: str, at_s: int, method: str, path_qs: str, body: bytes) -> str:
    text = f"{at_s}\n{method}\n{path_qs}\n{hashlib.sha256(body).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def sign(secret: str, method: str, path_qs: str, body: bytes, now_s: int) -> str:
    """Return the header's value for one call."""
    return f"{now_s}.{_mac(secret, now_s, method, path_qs, body)}"


def verify(secret: str, header: str, method: str, path_qs: str, body: bytes, now_s: int) -> None:
    """Return if ``header`` signs exactly this call.

    Raises:
        NotSigned: missing, malformed, too old, from the future, or by another secret.
    """
    at_text, _, mac = header.partition(".")
    if not at_text.isascii() or not at_text.isdigit() or len(at_text) > 12:
        raise NotSigned("the signature header is missing or malformed")
    if abs(now_s - int(at_text)) > SIGNATURE_VALID_S:
        raise NotSigned("the signature is too old or from the future")
    expected = _mac(secret, int(at_text), method, path_qs, body)
    if not hmac.compare_digest(expected.encode(), mac.encode()):
        raise NotSigned("the signature does not match")


def signature_middleware(secret: str) -> Any:
    """Return an aiohttp middleware that admits only signed calls to paths under ``/internal/``."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(INTERNAL_PREFIX):
            header = request.headers.get(SIGNATURE_HEADER, "")
            body = await request.read()
            try:
                verify(secret, header, request.method, request.raw_path, body, int(time.time()))
            except NotSigned as error:
                return web.json_response(
                    {"error": {"code": "NOT_SIGNED", "message": str(error)}}, status=401
                )
        return await handler(request)

    return check


class _Error(msgspec.Struct):
    code: str = "UNKNOWN"
    message: str = ""


class _ErrorAnswer(msgspec.Struct):
    error: _Error


class ServiceClient:
    """Signed JSON calls to one service. Errors it answers with are raised as ``CallFailed``."""

    def __init__(self, http: aiohttp.ClientSession, base_url: str, secret: str) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._secret = secret

    def headers(self, method: str, path_qs: str, body: bytes = b"") -> dict[str, str]:
        """Return the headers of one call; for WebSockets, which ``call`` does not open."""
        now_s = int(time.time())
        headers = {SIGNATURE_HEADER: sign(self._secret, method, path_qs, body, now_s)}
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        if request_id is not None:
            headers[REQUEST_ID_HEADER] = str(request_id)
        return headers

    def url(self, path: str, query: Mapping[str, str | int] | None = None) -> URL:
        """Return the absolute URL of ``path`` at this service."""
        return URL(self._base_url + path).with_query(query)

    async def call(
        self,
        method: str,
        path: str,
        answer_type: type[Answer],
        *,
        query: Mapping[str, str | int] | None = None,
        body: object = None,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> Answer:
        """Call and return the decoded answer (``type(None)`` for an empty one).

        Raises:
            CallFailed: the service answered with an error.
            CallUnanswered: it could not be reached or did not answer within ``timeout_s`` seconds.
        """
        payload = b"" if body is None else msgspec.json.encode(body)
        url = self.url(path, query)
        headers = self.headers(method, url.raw_path_qs, payload)
        if payload:
            headers["Content-Type"] = "application/json"
        timeout = aiohttp.ClientTimeout(total=timeout_s)
        try:
            async with self._http.request(
                method, url, data=payload, headers=headers, timeout=timeout
            ) as response:
                data = await response.read()
                retry_after = response.headers.get("Retry-After", "")
        except (aiohttp.ClientError, TimeoutError) as error:
            why = str(error) or "no answer in time"
            raise CallUnanswered(f"{method} {self._base_url}{path}: {why}") from error
        if response.status >= 400:
            raise _failure(response.status, data, retry_after)
        return msgspec.json.decode(data or b"null", type=answer_type)


def _failure(status: int, data: bytes, retry_after: str) -> CallFailed:
    retry_after_s = int(retry_after) if retry_after.isdigit() else None
    try:
        error = msgspec.json.decode(data, type=_ErrorAnswer).error
    except msgspec.DecodeError:
        error = _Error(message=data[:200].decode("utf-8", "replace"))
    return CallFailed(status, error.code, error.message, retry_after_s)
