"""The kinds of message and the size of the struct each one carries."""

from enum import IntEnum
from typing import Final

from schemas.layouts import COMMAND_BYTES, EVENT_BYTES, OUTCOME_BYTES
from schemas.session_layouts import EVENT_RANGE, HELLO, NOT_LEADER, SESSION_REJECT, WELCOME


class MessageType(IntEnum):
    """Byte 5 of every datagram."""

    HELLO = 1
    WELCOME = 2
    COMMANDS = 3
    ACK = 4
    NOT_LEADER = 5
    EVENTS = 6
    NAK = 7
    HEARTBEAT = 8
    REJECT = 9
    BYE = 10


STRUCT_BYTES: Final[dict[MessageType, int]] = {
    MessageType.HELLO: HELLO.size,
    MessageType.WELCOME: WELCOME.size,
    MessageType.COMMANDS: COMMAND_BYTES,
    MessageType.ACK: OUTCOME_BYTES,
    MessageType.NOT_LEADER: NOT_LEADER.size,
    MessageType.EVENTS: EVENT_BYTES,
    MessageType.NAK: EVENT_RANGE.size,
    MessageType.HEARTBEAT: 0,
    MessageType.REJECT: SESSION_REJECT.size,
    MessageType.BYE: 0,
}
"""Size of one struct in the payload; 0: the message has no payload."""

assert list(STRUCT_BYTES) == list(MessageType)
