"""Which loopback ports an instance uses."""

from __future__ import annotations

import random
import socket

PORT_NAMES = (
    "engine_udp",
    "engine_tcp",
    "engine_http",
    "snapshots_http",
    "accounts",
    "auditor_http",
    "market_data",
    "bot_http",
)
# Below the range from which Linux takes the ports of outgoing connections (32768 and up), so
# that a restarted process finds its port as free as it left it.
_FIRST, _LAST = 20_000, 32_000
_ATTEMPTS_MAX = 2_000
_BOTH = (socket.SOCK_STREAM, socket.SOCK_DGRAM)


class NoFreePort(Exception):
    """No free loopback port was found in a reasonable number of attempts."""


def choose_ports(wanted: dict[str, int | None], taken: set[int]) -> dict[str, int]:
    """Give each name its wanted port if that is free, else a free one; all distinct."""
    chosen: dict[str, int] = {}
    used = set(taken)
    for name, port in wanted.items():
        if port is None or port in used or not is_port_free("127.0.0.1", port):
            port = _any_free_port(used)
        chosen[name] = port
        used.add(port)
    return chosen


def is_port_free(host: str, port: int, kinds: tuple[socket.SocketKind, ...] = _BOTH) -> bool:
    """Whether a server could bind ``port``, by default both for TCP and for UDP."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for kind in kinds:
        with socket.socket(family, kind) as probe:
            if kind is socket.SOCK_STREAM:  # what every server sets: a closing connection is fine
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def _any_free_port(used: set[int]) -> int:
    for _ in range(_ATTEMPTS_MAX):
        port = random.randint(_FIRST, _LAST)
        if port not in used and is_port_free("127.0.0.1", port):
            return port
    raise NoFreePort(f"no free loopback port between {_FIRST} and {_LAST}")
