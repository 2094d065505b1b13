"""The structs of the session's own messages, for the tests that hold them against something."""

import struct

from schemas import session_layouts

SESSION_STRUCTS = {
    "Hello": (
        session_layouts.HELLO,
        "version_min version_max minor client_id from_event_seq",
    ),
    "Welcome": (
        session_layouts.WELCOME,
        "version minor nonce next_event_seq last_command_seq",
    ),
    "NotLeader": (session_layouts.NOT_LEADER, "leader_epoch address udp_port tcp_port"),
    "Outcome": (struct.Struct("<QQIHBx"), "order_id last_event_seq event_count reason result"),
    "EventRange": (session_layouts.EVENT_RANGE, "first last"),
    "SessionReject": (session_layouts.SESSION_REJECT, "code detail"),
}
"""By name: how it is packed, and its fields in that order."""
