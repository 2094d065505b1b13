"""What a client's side of its sessions counts, for whoever shows it."""

from dataclasses import dataclass


@dataclass(slots=True)
class SessionCounters:
    """Since the process began, over all sessions of one client."""

    retransmissions: int = 0
    """COMMANDS datagrams sent again."""
    opened: int = 0
    """Times the engine let this client in."""
    lost: int = 0
    """Times the engine ended the session or forgot it."""
    expired: int = 0
    """Commands whose outcome did not come in time."""
    event_gaps: int = 0
    """Ranges of events asked for again."""
