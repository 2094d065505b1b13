"""The socket of a replica that follows: whoever knocks is told who leads."""

import asyncio
import socket
import time
from typing import Final

from engine_service.replica.leadership import Leadership
from schemas.framing import DATAGRAM_BYTES_MAX
from transport.engine_address import EngineAddress, as_not_leader
from transport.server_session import Send, ServerSessions

DRAIN_DATAGRAMS_MAX: Final = 64
_RECEIVE_BYTES: Final = DATAGRAM_BYTES_MAX + 1  # one more shows what is too long


class FollowersDoor:
    """Answers HELLO and COMMANDS with NOT_LEADER; everything else waits for the leader."""

    def __init__(
        self, udp: socket.socket, sessions: ServerSessions, leadership: Leadership
    ) -> None:
        self._udp = udp
        self._sessions = sessions
        self._leadership = leadership
        self._told: tuple[int, EngineAddress | None] | None = None

    def open(self) -> None:
        """Answer from the running loop until ``close``."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._udp.fileno(), self._drain)

    def close(self) -> None:
        """Answer no more; the socket stays open."""
        self._loop.remove_reader(self._udp.fileno())

    def _drain(self) -> None:
        now_ns = time.monotonic_ns()
        self._name_leader(now_ns)
        for _ in range(DRAIN_DATAGRAMS_MAX):
            try:
                data, address = self._udp.recvfrom(_RECEIVE_BYTES)
            except BlockingIOError:
                return
            for action in self._sessions.receive(data, address, now_ns):
                if isinstance(action, Send):
                    self._send(action)

    def _name_leader(self, now_ns: int) -> None:
        # One that is silent may be gone: whoever waits for it would not look elsewhere.
        silent = now_ns > self._leadership.due_ns
        told = (self._leadership.epoch, None if silent else self._leadership.leader)
        if told != self._told:
            self._told = told
            self._sessions.follow(as_not_leader(*told))

    def _send(self, send: Send) -> None:
        try:
            self._udp.sendto(send.datagram, send.address)
        except OSError:
            return  # as if it were lost on the way: whoever misses it asks again
