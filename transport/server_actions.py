"""What comes out of the engine's side of its sessions, and what is counted there."""

from dataclasses import dataclass
from typing import NamedTuple

from schemas.session_layouts import Hello, SessionRejectCode
from transport.session_table import Address


class Execute(NamedTuple):
    """New commands of a session, in sequence: journal them, apply them, then ``acknowledge``."""

    session_id: int
    first_seq: int
    commands: bytes


class OpenSession(NamedTuple):
    """A new session: journal it, then ``welcome``. ``evicted_session_id`` (0: none) left for it."""

    session_id: int
    nonce: int
    evicted_session_id: int


class Send(NamedTuple):
    """A datagram to send at once."""

    datagram: bytes
    address: Address


class SendEvents(NamedTuple):
    """Events asked for again, both ends released and included: read them and hand them to
    ``resend``.
    """

    session_id: int
    first_seq: int
    last_seq: int


Action = Execute | OpenSession | Send | SendEvents


class RefusedHello(NamedTuple):
    """Who was not let in last, and why."""

    code: SessionRejectCode
    hello: Hello
    address: Address


@dataclass(slots=True)
class Counters:
    """What happened so far, for the metrics."""

    not_authentic: int = 0
    malformed: int = 0
    foreign_address: int = 0
    duplicate_commands: int = 0
    gaps: int = 0
    conflicts: int = 0
    evicted: int = 0
    refused_hellos: int = 0
    newer_epoch: int = 0
