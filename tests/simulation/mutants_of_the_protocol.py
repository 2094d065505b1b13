"""Bugs between the processes: sessions, datagrams, streams, and what a gateway makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.client_order_ids import pack_client_order_id
from domain.commands import Command
from domain.events import Outcome, OutcomeResult
from domain.reasons import RejectReason
from gateway.errors import refused
from gateway.orders import order_terms
from gateway.orders.order_entry import OrderEntry
from gateway.state.feed import Feed
from schemas import framing, sealing
from schemas.errors import NotAuthentic
from schemas.layouts import EVENT_BYTES, OUTCOME_BYTES
from tests.simulation.mutants import Swap, mutant
from transport.catch_up_stream import CatchUpServer
from transport.client_session import ClientSession
from transport.engine_client import EngineClient
from transport.event_receiver import EventReceiver
from transport.in_flight import InFlight
from transport.retained_commands import RetainedCommands
from transport.server_session import ServerSessions
from transport.session_table import Session


def _open_anything(data: bytes, key_of: framing.KeyLookup) -> tuple[framing.Header, bytes]:
    """Open a datagram whatever its tag is."""
    if not sealing.MESSAGE_BYTES_MIN <= len(data) <= framing.DATAGRAM_BYTES_MAX:
        raise NotAuthentic("no message has this length")
    magic, version, number, session_id, key_id = sealing._ROUTE.unpack_from(data)
    if magic != sealing.MAGIC or version != sealing.VERSION or number not in sealing._TYPES:
        raise NotAuthentic("not of this protocol")
    key = key_of(sealing._TYPES[number], session_id, key_id)
    if key is None:
        raise NotAuthentic("nobody's")
    body = data[: -sealing.TAG_BYTES]
    return plain_open(body + sealing.siphash.siphash128(key, body), key_of)


plain_open = framing.open_datagram


@mutant("authenticity")
def the_engine_believes_any_datagram(swap: Swap) -> None:
    receive = ServerSessions.receive

    def believe(self: ServerSessions, *datagram: Any) -> Any:
        framing.open_datagram = _open_anything
        try:
            return receive(self, *datagram)
        finally:
            framing.open_datagram = plain_open

    swap.attribute(ServerSessions, "receive", believe)


@mutant("authenticity")
def a_client_believes_any_datagram(swap: Swap) -> None:
    def believe(self: ClientSession, data: bytes) -> Any:
        try:
            return _open_anything(data, self._key_of)
        except NotAuthentic:
            return _open_anything(data, self._early_key_of)

    swap.attribute(ClientSession, "_open", believe)


@mutant("retry")
def a_gateway_makes_a_key_for_each_try(swap: Swap) -> None:
    tries = iter(range(1 << 30))

    def packed(client_order_id: str) -> bytes:
        return pack_client_order_id(f"{client_order_id[:20]}-{next(tries)}")

    swap.function(order_terms.packed, packed)


@mutant("sequence")
def a_command_that_comes_again_is_executed_again(swap: Swap) -> None:
    before = ServerSessions._commands

    def commands(self: ServerSessions, session: Session, header: Any, structs: bytes) -> Any:
        if header.seq and header.seq <= session.accepted_seq:
            session.accepted_seq = session.released_seq = header.seq - 1
        return before(self, session, header, structs)

    swap.attribute(ServerSessions, "_commands", commands)


@mutant("sequence")
def a_gap_in_the_sequence_is_accepted(swap: Swap) -> None:
    before = ServerSessions._commands

    def commands(self: ServerSessions, session: Session, header: Any, structs: bytes) -> Any:
        if header.seq > session.accepted_seq + 1:
            session.accepted_seq = session.released_seq = header.seq - 1
        return before(self, session, header, structs)

    swap.attribute(ServerSessions, "_commands", commands)


@mutant("sequence")
def a_second_hello_starts_the_session_anew(swap: Swap) -> None:
    before = ServerSessions._hello

    def hello(self: ServerSessions, session: Session | None, *rest: Any) -> Any:
        if session is not None and session.durable:
            session.accepted_seq = session.released_seq = 0
        return before(self, session, *rest)

    swap.attribute(ServerSessions, "_hello", hello)


@mutant("sequence")
def a_retransmission_gets_the_answer_of_another(swap: Swap) -> None:
    before = RetainedCommands.outcomes

    def outcomes(self: RetainedCommands, first_seq: int, last_seq: int) -> bytes:
        return before(self, max(first_seq - 1, 1), max(last_seq - 1, 1))

    swap.attribute(RetainedCommands, "outcomes", outcomes)


@mutant("sessions")
def a_restarted_gateway_takes_its_old_session_id(swap: Swap) -> None:
    before = ClientSession.__init__

    def init(self: ClientSession, **terms: Any) -> None:
        session_id = terms["client_id"] * 2 + bool(terms.get("next_event_seq"))
        before(self, **terms | {"make_session_id": lambda: session_id})

    swap.attribute(ClientSession, "__init__", init)


@mutant("sessions")
def sessions_are_opened_without_the_journal(swap: Swap) -> None:
    before = ServerSessions._open

    def opened(self: ServerSessions, session_id: int, *rest: Any) -> Any:
        actions = before(self, session_id, *rest)
        session = self._table.get(session_id)
        if session is None:
            return actions
        session.durable = True
        return self._welcome(session)

    swap.attribute(ServerSessions, "_open", opened)


@mutant("unknown outcome")
def unknown_is_told_as_refused(swap: Swap) -> None:
    before = OrderEntry._outcomes

    async def outcomes(self: OrderEntry, commands: Sequence[Command]) -> list[Outcome] | None:
        told = await before(self, commands)
        if told is None:
            raise refused(RejectReason.NO_LIQUIDITY)
        return told

    swap.attribute(OrderEntry, "_outcomes", outcomes)


@mutant("unknown outcome")
def silence_is_told_as_done(swap: Swap) -> None:
    before = EngineClient._on_action

    def on_action(self: EngineClient, action: Any) -> None:
        if type(action).__name__ == "Expired" and action.seq in self._waiting:
            waiter, position = self._waiting.pop(action.seq)
            waiter.outcomes[position] = _DONE
            waiter.settle(None)
            return
        before(self, action)

    swap.attribute(EngineClient, "_on_action", on_action)


_DONE = Outcome(
    result=OutcomeResult.DONE,
    reason=RejectReason.NONE,
    order_id=1,
    last_event_seq=1,
    event_count=0,
)


@mutant("retransmission")
def lost_commands_are_not_sent_again(swap: Swap) -> None:
    swap.attribute(InFlight, "_resend", lambda self, seq, now_ns: [])


@mutant("answers")
def outcomes_are_mixed_up(swap: Swap) -> None:
    before = InFlight.take_outcomes

    def take(self: InFlight, first_seq: int, outcomes: bytes, now_ns: int) -> Any:
        first = outcomes[:OUTCOME_BYTES]
        count = len(outcomes) // OUTCOME_BYTES
        return before(self, first_seq, first * count, now_ns)

    swap.attribute(InFlight, "take_outcomes", take)


@mutant("answers")
def an_answer_counts_for_all_before_it(swap: Swap) -> None:
    before = InFlight.take_outcomes

    def take(self: InFlight, first_seq: int, outcomes: bytes, now_ns: int) -> Any:
        news = before(self, first_seq, outcomes, now_ns)
        for batch in self._batches:
            for at in range(batch.count):
                seq = batch.first_seq + at
                if seq < first_seq and batch.missing >> at & 1:
                    batch.missing &= ~(1 << at)
                    news.append((seq, outcomes[:OUTCOME_BYTES]))
        while self._batches and not self._batches[0].missing:
            self._batches.popleft()
        return news

    swap.attribute(InFlight, "take_outcomes", take)


@mutant("retransmission")
def missing_events_are_not_asked_for(swap: Swap) -> None:
    swap.attribute(EventReceiver, "due_naks", lambda self, now_ns: [])


@mutant("retransmission")
def the_loss_of_the_last_events_is_not_noticed(swap: Swap) -> None:
    swap.attribute(EventReceiver, "heartbeat", lambda self, released_next_seq, now_ns: None)


@mutant("event order")
def events_that_come_again_are_applied_again(swap: Swap) -> None:
    def deliver(self: EventReceiver, first_seq: int, events: bytes) -> bytes:
        self.next_seq += len(events) // EVENT_BYTES
        return events

    swap.attribute(EventReceiver, "_deliver", deliver)


@mutant("event order")
def a_gap_in_the_events_is_ignored(swap: Swap) -> None:
    before = EventReceiver.receive

    def receive(self: EventReceiver, first_seq: int, events: bytes, now_ns: int) -> bytes:
        self.next_seq = max(self.next_seq, first_seq)
        return before(self, first_seq, events, now_ns)

    swap.attribute(EventReceiver, "receive", receive)


@mutant("event order")
def events_that_come_early_are_taken_for_the_next(swap: Swap) -> None:
    before = EventReceiver.receive

    def receive(self: EventReceiver, first_seq: int, events: bytes, now_ns: int) -> bytes:
        return before(self, min(first_seq, self.next_seq), events, now_ns)

    swap.attribute(EventReceiver, "receive", receive)


@mutant("readers")
def an_order_is_answered_before_it_can_be_read(swap: Swap) -> None:
    async def reached(self: Feed, seq: int, timeout_s: float) -> bool:
        return True

    swap.attribute(Feed, "reached", reached)


@mutant("nothing leaves early")
def catch_up_skips_an_event(swap: Swap) -> None:
    before = CatchUpServer.events

    def events(self: Any, first_seq: int, data: bytes) -> bytes:
        return before(self, first_seq, data[EVENT_BYTES:] + data[:EVENT_BYTES])

    swap.attribute(CatchUpServer, "events", events)
