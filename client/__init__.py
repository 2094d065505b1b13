"""Typed asynchronous client for the native API: REST calls, one WebSocket, and a local book."""

from client.book import LocalBook
from client.errors import (
    ClientError,
    OrderFateUnknown,
    Refused,
    SecondFactorRequired,
    Unreachable,
)
from client.operator import Operator
from client.rest import OpenbellClient
from client.stream import Stream

__all__ = [
    "ClientError",
    "LocalBook",
    "OpenbellClient",
    "Operator",
    "OrderFateUnknown",
    "Refused",
    "SecondFactorRequired",
    "Stream",
    "Unreachable",
]
