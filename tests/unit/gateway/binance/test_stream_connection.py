"""What a client is told whose user stream cannot be looked up just now."""

from types import SimpleNamespace
from typing import Any, cast

from aiohttp import WSCloseCode

from gateway.binance.call import Dialect
from gateway.binance.market_streams import MarketStreams
from gateway.binance.socket import Socket
from gateway.binance.stream_connection import StreamConnection
from gateway.binance.user_streams import UserStreams
from gateway.errors import unavailable


class ClosedWith:
    """A socket that remembers how it was closed."""

    def __init__(self) -> None:
        self.code: int | None = None

    def close(self, code: int, reason: str) -> None:
        self.code = code

    async def read(self) -> None:
        raise AssertionError("nothing is read any more")


class KeysAway:
    async def owner(self, listen_key: str) -> Any:
        raise unavailable("the gateway that keeps listen keys")


async def test_while_the_keys_cannot_be_reached_a_stream_is_closed_to_come_again() -> None:
    socket = ClosedWith()
    connection = StreamConnection(
        cast(Socket, socket),
        cast(Dialect, SimpleNamespace(listen_keys=KeysAway())),
        cast(MarketStreams, None),
        cast(UserStreams, None),
        combined=False,
    )
    await connection.serve(["a" * 64])
    assert socket.code == WSCloseCode.TRY_AGAIN_LATER
