"""A bot that is heard of keeps its quotes; one that is not loses them on the exchange's side."""

import asyncio

import pytest

from client.errors import OrderFateUnknown, Refused, Unreachable
from trading_bot import dead_mans_switch
from trading_bot.dead_mans_switch import RENEW_EVERY_S, TIMEOUT_MS, DeadMansSwitch


class Connection:
    """Answers renewals as told, the last answer for ever."""

    def __init__(self, *answers: Exception | None) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, dict[str, object]]] = []
        self.asked_thrice = asyncio.Event()

    async def request(self, op: str, **fields: object) -> object:
        self.asked.append((op, fields))
        if len(self.asked) == 3:
            self.asked_thrice.set()
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer is not None:
            raise answer
        return {"timeout_ms": TIMEOUT_MS}


def test_two_lost_renewals_in_a_row_cancel_nothing() -> None:
    assert 3 * RENEW_EVERY_S * 1_000 < TIMEOUT_MS


async def test_it_is_renewed_for_as_long_as_the_connection_lives(monkeypatch) -> None:
    monkeypatch.setattr(dead_mans_switch, "RENEW_EVERY_S", 0.001)
    connection = Connection(None)
    holding = asyncio.create_task(DeadMansSwitch(connection, lambda refused: None).hold())
    async with asyncio.timeout(5):
        await connection.asked_thrice.wait()
    holding.cancel()
    assert connection.asked[0] == ("cancel_all_after", {"timeout_ms": TIMEOUT_MS})


async def test_a_refusal_or_an_unknown_fate_does_not_stop_it(monkeypatch) -> None:
    monkeypatch.setattr(dead_mans_switch, "RENEW_EVERY_S", 0.001)
    refusal = Refused(503, "NOT_SENT", "the engine takes no orders")
    connection = Connection(refusal, OrderFateUnknown("/api/v1/orders"), None)
    refusals: list[Refused] = []
    holding = asyncio.create_task(DeadMansSwitch(connection, refusals.append).hold())
    async with asyncio.timeout(5):
        await connection.asked_thrice.wait()
    holding.cancel()
    assert refusals == [refusal]


async def test_a_connection_that_is_gone_ends_it(monkeypatch) -> None:
    monkeypatch.setattr(dead_mans_switch, "RENEW_EVERY_S", 0.001)
    connection = Connection(None, Unreachable("closed"))
    with pytest.raises(Unreachable):
        await DeadMansSwitch(connection, lambda refused: None).hold()
    assert len(connection.asked) == 2
