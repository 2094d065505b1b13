"""What the protocol needs of a UDP socket: deep buffers, never fragmented."""

import socket
import sys
from typing import Final, Protocol

BUFFER_BYTES: Final = 4 << 20
"""Asked for; the kernel may give less (rmem_max) and counts its own overhead in it."""

_IP_MTU_DISCOVER: Final = 10  # linux/in.h; the socket module of Python 3.11 does not name them
_IP_PMTUDISC_DO: Final = 2


class SocketOptions(Protocol):
    """What a socket and a transport's view of one have in common."""

    def setsockopt(self, level: int, option: int, value: int, /) -> None: ...


def prepare(sock: SocketOptions) -> None:
    """Deepen the buffers of an IPv4 UDP socket and set don't-fragment."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    if sys.platform == "linux":
        sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_DO)
