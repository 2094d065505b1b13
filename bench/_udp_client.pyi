"""A client that can load the engine, without the interpreter."""

from typing import TypedDict

from transport._server_session import Session

class Lost(Exception): ...

class Sent(TypedDict):
    commands: int
    ack_ns: int
    event_ns: int
    rtt_ns: list[int]
    fills: int
    fill_hash: str
    resent_datagrams: int
    asked_events: int

class LoadClient:
    def __init__(
        self,
        commander: Session,
        listener: Session,
        command_fd: int,
        event_fd: int,
        next_event_seq: int,
    ) -> None: ...
    def send(
        self,
        commands: bytes,
        *,
        per_datagram: int,
        in_flight: int,
        account_shift: int = 0,
        instrument_id: int = 0,
        for_ns: int,
        spin: bool = False,
    ) -> Sent: ...

def echo(fd: int) -> None: ...
def echo_rtts_ns(fd: int, count: int, length: int) -> list[int]: ...
