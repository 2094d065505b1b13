"""From where an API key may be used. Pure."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

NETWORKS_CACHED_MAX: Final = 4_096


def is_from(ip: str, networks: list[str]) -> bool:
    """Whether an address lies in one of ``networks``; none: every address does.

    An IPv4 address in IPv6 form (::ffff:10.0.0.1) is the IPv4 address.
    """
    if not networks:
        return True
    try:
        address: IPv4Address | IPv6Address = ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in _network(text) for text in networks)


@lru_cache(NETWORKS_CACHED_MAX)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text)
