"""Credits come from what the kernel really gave, not from what was asked for."""

import socket

from engine_service.udp_socket import (
    DATAGRAM_COST_BYTES,
    credits_datagrams,
    is_small,
    open_udp_socket,
)
from transport.udp_socket import prepare

_IP_MTU_DISCOVER, _IP_PMTUDISC_DO = 10, 2  # Linux, linux/in.h


def test_a_small_buffer_gives_few_credits_and_is_called_small():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        given = []
        for wanted_bytes in (1, 64 << 10, 200_000):
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, wanted_bytes)
            held = udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
            given.append(credits_datagrams(udp))
            assert is_small(udp)
            assert given[-1] == max(1, held // DATAGRAM_COST_BYTES // 2)
        assert given == sorted(given) and given[0] == 1


def test_neither_side_s_datagrams_are_ever_fragmented():
    engines = open_udp_socket("127.0.0.1", 0)
    with engines, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as clients:
        prepare(clients)
        for udp in (engines, clients):
            assert udp.getsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER) == _IP_PMTUDISC_DO


def test_the_credits_given_really_fit_the_buffer_twice():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 200_000)
        udp.bind(("127.0.0.1", 0))
        udp.setblocking(False)
        sent = 2 * credits_datagrams(udp)
        for _ in range(sent):
            sender.sendto(bytes(1_432), udp.getsockname())
        assert [len(udp.recv(2_048)) for _ in range(sent)] == [1_432] * sent
