"""Where an engine is."""

from typing import NamedTuple


class EngineAddress(NamedTuple):
    """``udp_port``: commands and live events; ``tcp_port``: catch-up."""

    host: str
    udp_port: int
    tcp_port: int
