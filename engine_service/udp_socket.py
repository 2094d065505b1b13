"""The engine's one UDP socket, with as much kernel buffer as the machine gives."""

import errno
import socket
from typing import Final

from service.errors import PortInUse

BUFFER_BYTES: Final = 16 << 20
DATAGRAM_COST_BYTES: Final = 2_304  # what the kernel counts for a datagram of 1,432 bytes
_SO_SNDBUFFORCE: Final = 32  # Linux, asm-generic/socket.h; not in the socket module
_SO_RCVBUFFORCE: Final = 33
_IP_MTU_DISCOVER: Final = 10  # Linux, linux/in.h
_IP_PMTUDISC_DO: Final = 2


def open_udp_socket(host: str, port: int) -> socket.socket:
    """Return a bound, non-blocking socket that never fragments.

    Raises:
        PortInUse: another program has the port.
    """
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setblocking(False)
    udp.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_DO)
    _enlarge(udp, _SO_RCVBUFFORCE, socket.SO_RCVBUF)
    _enlarge(udp, _SO_SNDBUFFORCE, socket.SO_SNDBUF)
    try:
        udp.bind((host, port))
    except OSError as error:
        udp.close()
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortInUse(f"UDP port {port} on {host} is in use by another program") from error
    return udp


def credits_datagrams(udp: socket.socket) -> int:
    """Return how many datagrams clients may send unasked: half of what the buffer really holds."""
    held = udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // DATAGRAM_COST_BYTES
    return max(held // 2, 1)


def is_small(udp: socket.socket) -> bool:
    """Return whether the kernel gave less receive buffer than asked for."""
    return udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) < BUFFER_BYTES


def _enlarge(udp: socket.socket, forced: int, asked: int) -> None:
    try:
        udp.setsockopt(socket.SOL_SOCKET, forced, BUFFER_BYTES)
    except PermissionError:  # forcing past the system's limit is root's privilege
        udp.setsockopt(socket.SOL_SOCKET, asked, BUFFER_BYTES)
