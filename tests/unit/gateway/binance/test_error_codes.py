"""Clients decide by code and by words: these are theirs."""

import pytest

from domain.reasons import RejectReason
from gateway.binance.error_codes import translated
from gateway.errors import ApiError, refused, unavailable

_INSUFFICIENT = "Account has insufficient balance for requested action."


@pytest.mark.parametrize(
    ("reason", "status", "code", "text"),
    [
        ("INSUFFICIENT_FUNDS", 400, -2010, _INSUFFICIENT),
        ("POST_ONLY_WOULD_TAKE", 400, -2010, "Order would immediately match and take."),
        ("WOULD_TRIGGER_AT_ONCE", 400, -2010, "Order would trigger immediately."),
        ("KEY_REUSED", 400, -2010, "Duplicate order sent."),
        ("DUPLICATE_CLIENT_ORDER_ID", 400, -2010, "Duplicate order sent."),
        ("INSTRUMENT_NOT_TRADING", 400, -2010, "Market is closed."),
        ("VENUE_HALTED", 400, -2010, "Market is closed."),
        ("UNKNOWN_ORDER", 400, -2011, "Unknown order sent."),
        ("UNKNOWN_INSTRUMENT", 400, -1121, "Invalid symbol."),
        ("INVALID_QUANTITY", 400, -1013, "Filter failure: LOT_SIZE"),
        ("INVALID_PRICE", 400, -1013, "Filter failure: PRICE_FILTER"),
        ("NOTIONAL_TOO_SMALL", 400, -1013, "Filter failure: NOTIONAL"),
        ("PRICE_OUTSIDE_COLLAR", 400, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
        ("TOO_MANY_OPEN_ORDERS", 400, -1013, "Filter failure: MAX_NUM_ORDERS"),
        ("STALE", 400, -1021, "Timestamp for this request is outside of the recvWindow."),
        ("ORDER_RATE", 429, -1015, "Too many new orders; current limit is the account's."),
    ],
)  # fmt: skip
def test_a_refusal_of_the_engine_has_the_words_clients_look_for(
    reason: str, status: int, code: int, text: str
) -> None:
    error = translated(refused(RejectReason[reason]))
    assert (error.status, error.body()) == (status, {"code": code, "msg": text})


def test_every_refusal_can_be_said_in_this_dialect() -> None:
    for reason in RejectReason:
        error = translated(refused(reason))
        assert error.code < 0 and error.text and 400 <= error.status < 600


def test_what_was_never_sent_is_safe_to_send_again() -> None:
    error = translated(ApiError(503, "NOT_SENT", "", retry_after_s=1))
    assert (error.status, error.code, error.retry_after_s) == (503, -1008, 1)
    assert translated(unavailable("the engine")).code == -1001
    assert translated(ApiError(418, "TEAPOT", "")).code == -1000
