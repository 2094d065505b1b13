"""From where an API key may be used. Pure."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from service.client_addresses import plain_address

NETWORKS_CACHED_MAX: Final = 4_096


def is_from(ip: str, networks: list[str]) -> bool:
    """Whether an address lies in one of ``networks``; none: every address does.

    An IPv4 address in IPv6 form (::ffff:10.0.0.1) is the IPv4 address.
    """
    if not networks:
        return True
    try:
        address = ip_address(plain_address(ip))
    except ValueError:
        return False
    return any(address in _network(text) for text in networks)


@lru_cache(NETWORKS_CACHED_MAX)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text)
