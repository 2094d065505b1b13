"""Where an engine is."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Final, NamedTuple

from schemas.session_layouts import NotLeader

_MAPPED: Final = bytes(10) + b"\xff\xff"  # RFC 4291, 2.5.5.2: an IPv4 address inside an IPv6 one


class EngineAddress(NamedTuple):
    """``udp_port``: commands and live events; ``tcp_port``: catch-up."""

    host: str
    udp_port: int
    tcp_port: int


Engines = EngineAddress | Sequence[EngineAddress]
"""One engine, or the replicas of one: any of them may lead."""


def each_of(engines: Engines) -> tuple[EngineAddress, ...]:
    """Return the addresses, at least one."""
    found = (engines,) if isinstance(engines, EngineAddress) else tuple(engines)
    assert found
    return found


def engines_of(first: EngineAddress, others: str) -> tuple[EngineAddress, ...]:
    """Return ``first`` and the ``host:udp:tcp`` in ``others``, with commas between; none twice.

    Raises:
        ValueError: not of that form.
    """
    found = [first]
    for text in filter(None, map(str.strip, others.split(","))):
        host, _, ports = text.partition(":")
        udp, _, tcp = ports.partition(":")
        if not host or not (udp.isdecimal() and tcp.isdecimal()):
            raise ValueError(f"an engine is host:udp-port:tcp-port, not {text}")
        address = EngineAddress(host, int(udp), int(tcp))
        if address not in found:
            found.append(address)
    return tuple(found)


def as_not_leader(leader_epoch: int, address: EngineAddress | None) -> NotLeader:
    """Return what tells that the engine at ``address`` (an IPv4 address) leads; None: not known."""
    if address is None:
        return NotLeader(leader_epoch, bytes(16), 0, 0)
    mapped = _MAPPED + IPv4Address(address.host).packed
    return NotLeader(leader_epoch, mapped, address.udp_port, address.tcp_port)


def leader_address(not_leader: NotLeader) -> EngineAddress | None:
    """Return where the leader is; None if the sender did not know, or it cannot be reached by
    IPv4.
    """
    host = IPv6Address(not_leader.address).ipv4_mapped
    if host is None or not not_leader.udp_port:
        return None
    return EngineAddress(str(host), not_leader.udp_port, not_leader.tcp_port)
