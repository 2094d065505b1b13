"""Who sent a request: the key in its header, the time in it, and the signature over its bytes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from gateway.access.auth import Authenticator, Principal
from gateway.access.signatures import is_signed_by
from gateway.binance.errors import BinanceError, illegal, missing
from gateway.binance.parameters import Parameters

RECEIVE_WINDOW_MS: Final = 5_000
RECEIVE_WINDOW_MAX_MS: Final = 60_000
AHEAD_MAX_MS: Final = 1_000
_MICROSECONDS_FROM: Final = 10**14
"""A timestamp this large counts microseconds: in milliseconds it would be the year 5138."""
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TIMESTAMP: Final = re.compile(r"[0-9]{1,19}")
_WINDOW: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed a request, and for how long after its receipt it may be executed."""

    principal: Principal
    window_ns: int


def invalid_key() -> BinanceError:
    """Return the answer to a key that is not there or may not do this."""
    return BinanceError(401, -2015, "Invalid API-key, IP, or permissions for action.")


async def key_holder(
    authenticator: Authenticator, api_key: str | None, ip: str
) -> tuple[Principal, str]:
    """Return a key's owner, and what verifies its signatures. Nothing is proved yet.

    Raises:
        BinanceError: -2014 or -2015. ApiError: 503 while accounts cannot say.
    """
    if api_key is None or not _KEY.fullmatch(api_key):
        raise BinanceError(401, -2014, "API-key format invalid.")
    found = await authenticator.key(api_key, ip)
    if found is None:
        raise invalid_key()
    return found


async def signer(
    authenticator: Authenticator,
    api_key: str | None,
    parameters: Parameters,
    payloads: Iterable[bytes],
    now_ms: int,
    ip: str,
) -> Signer:
    """Return who signed any of ``payloads``, the ways a request's bytes may have been written.

    Raises:
        BinanceError: -1021, -1022, -1102, -2014 or -2015.
    """
    principal, secret = await key_holder(authenticator, api_key, ip)
    window_ns = in_time(parameters, now_ms)
    signature = parameters.text("signature")
    if not any(is_signed_by(secret, payload, signature) for payload in payloads):
        raise BinanceError(400, -1022, "Signature for this request is not valid.")
    authenticator.note_use(principal.api_key or "")
    return Signer(principal, window_ns)


def in_time(parameters: Parameters, now_ms: int) -> int:
    """Return the receive window in nanoseconds once the timestamp is shown to lie in it.

    Raises:
        BinanceError: -1021, or it is malformed.
    """
    text = parameters.text("timestamp")
    if not _TIMESTAMP.fullmatch(text):
        raise illegal("timestamp", "^[0-9]{1,20}$")
    sent_us = int(text) if int(text) >= _MICROSECONDS_FROM else int(text) * 1_000
    window_us = _window_us(parameters)
    now_us = now_ms * 1_000
    if sent_us >= now_us + AHEAD_MAX_MS * 1_000:
        ahead = "Timestamp for this request was 1000ms ahead of the server's time."
        raise BinanceError(400, -1021, ahead)
    if now_us - sent_us > window_us:
        outside = "Timestamp for this request is outside of the recvWindow."
        raise BinanceError(400, -1021, outside)
    return window_us * 1_000


def _window_us(parameters: Parameters) -> int:
    text = parameters.optional("recvWindow")
    if text is None:
        return RECEIVE_WINDOW_MS * 1_000
    if not _WINDOW.fullmatch(text):
        raise illegal("recvWindow", r"^[0-9]{1,6}(\.[0-9]{1,3})?$")
    window_us = int(Decimal(text) * 1_000)
    if window_us > RECEIVE_WINDOW_MAX_MS * 1_000:
        raise BinanceError(400, -1131, "recvWindow must be less than 60000.")
    if window_us == 0:
        raise missing("recvWindow")
    return window_us
