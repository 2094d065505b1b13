"""Where a caller comes from, as limits count it."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

ADDRESSES_CACHED_MAX: Final = 4_096
IPV6_SUBSCRIBER_BITS: Final = 64  # RFC 6177: a site is given a /64 at least, all of it one caller


@lru_cache(ADDRESSES_CACHED_MAX)
def plain_address(ip: str) -> str:
    """Return an address in its one spelling; an IPv4 address in IPv6 form (::ffff:10.0.0.1) is the
    IPv4 address. What is no address stays as it is.
    """
    address = _read(ip)
    return ip if address is None else str(address)


@lru_cache(ADDRESSES_CACHED_MAX)
def limited_as(ip: str) -> str:
    """Return the name under which limits count an address: itself, or the network of 2**64
    addresses that one IPv6 subscriber has for the asking.
    """
    address = _read(ip)
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), IPV6_SUBSCRIBER_BITS), strict=False))
    return ip if address is None else str(address)


def _read(ip: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
