"""From a request of either door to its answer: what it costs, who sent it, what it does."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gateway.access.auth import Principal
from gateway.binance.authentication import in_time, invalid_key, key_holder, signer
from gateway.binance.call import Call, Dialect, Operation, Security
from gateway.binance.error_codes import in_this_dialect
from gateway.binance.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Sent:
    """One request as it came. ``payloads``: what a signature may have been made over."""

    ip: str
    parameters: Parameters
    api_key: str | None = None
    payloads: Iterable[bytes] = ()
    session: Principal | None = None
    """Who logged in on this connection: its requests need no signature."""


async def admitted(dialect: Dialect, operation: Operation, sent: Sent) -> Call:
    """Return the request once its sender is shown to be allowed it.

    Raises:
        BinanceError: whatever the answer is instead.
    """
    with in_this_dialect():
        dialect.services.limits.request(sent.ip)
        dialect.weights.weigh(sent.ip, operation.weight_of(sent.parameters))
        return await _authenticated(dialect, operation, sent)


async def answered(operation: Operation, call: Call) -> Any:
    """Return the answer.

    Raises:
        BinanceError: whatever the answer is instead.
    """
    with in_this_dialect():
        if operation.is_order:
            call.dialect.weights.order(call.account_id)
            call.services.limits.order(call.account_id)
        return await operation.handler(call)


async def _authenticated(dialect: Dialect, operation: Operation, sent: Sent) -> Call:
    if operation.security is Security.NONE:
        return Call(dialect, sent.parameters)
    authenticator = dialect.services.authenticator
    if operation.security is Security.KEY:
        if sent.session is not None and sent.api_key is None:
            return Call(dialect, sent.parameters, sent.session)
        principal, _ = await key_holder(authenticator, sent.api_key, sent.ip)
        return Call(dialect, sent.parameters, principal)
    if sent.session is not None and not sent.parameters.has("signature"):
        call = session_call(dialect, sent.parameters, sent.session)
    else:
        now_ms = dialect.services.clock.now_ns() // 1_000_000
        signed = await signer(
            authenticator, sent.api_key, sent.parameters, sent.payloads, now_ms, sent.ip
        )
        call = Call(dialect, sent.parameters, signed.principal, signed.window_ns)
    if operation.security.value not in call.caller.permissions:
        raise invalid_key()
    return call


def session_call(dialect: Dialect, parameters: Parameters, session: Principal) -> Call:
    """Return a request of a connection that logged in; its timestamp must be in time.

    Raises:
        BinanceError: -1021 or -1102.
    """
    window_ns = in_time(parameters, dialect.services.clock.now_ns() // 1_000_000)
    return Call(dialect, parameters, session, window_ns)
