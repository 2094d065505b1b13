"""A connection to one of several NATS servers, and the move to another one."""

import asyncio
from collections.abc import Sequence
from typing import Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from replicated_log.errors import LogUnavailable
from replicated_log.jetstream_answers import Answers

OPEN_TIMEOUT_S: Final = 30.0
CLOSE_TIMEOUT_S: Final = 2.0
_CONNECT_TIMEOUT_S: Final = 1
_RECONNECT_S: Final = 0.05
_PENDING_BYTES_MAX: Final = 64 << 20


class JetStreamConnection:
    """By itself it goes on with another server when its own breaks the connection."""

    def __init__(self, timeout_s: float) -> None:
        self.client = Client()
        self.answers = Answers(self.client)
        self.stream: JetStreamContext = self.client.jetstream(timeout=timeout_s)
        self.forbidden = ""
        """What a server refused last for want of rights."""

    @classmethod
    async def open(
        cls,
        servers: Sequence[str],
        user: str | None,
        password: str | None,
        timeout_s: float,
    ) -> "JetStreamConnection":
        """Connect to the first of ``servers`` that answers; an API call may take ``timeout_s``.

        Raises:
            LogUnavailable: none does.
        """
        connection = cls(timeout_s)
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                await connection.client.connect(
                    list(servers),
                    user=user,
                    password=password,
                    error_cb=connection._told,
                    disconnected_cb=connection._disconnected,
                    connect_timeout=_CONNECT_TIMEOUT_S,
                    dont_randomize=True,
                    reconnect_time_wait=_RECONNECT_S,  # type: ignore[arg-type]
                    max_reconnect_attempts=-1,
                    ping_interval=1,
                    max_outstanding_pings=2,
                    pending_size=_PENDING_BYTES_MAX,
                )
        except (TimeoutError, NatsError, OSError) as error:
            await connection.close()
            raise LogUnavailable(f"no NATS server of {', '.join(servers)} answers") from error
        await connection.answers.start()
        return connection

    @property
    def server(self) -> str:
        """The host and port it is connected to, or was."""
        url = self.client.connected_url
        return url.netloc.rpartition("@")[2] if url is not None else ""

    async def close(self) -> None:
        """Close it; a server that takes nothing any more does not hold this up for long."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self.client.close()
        except TimeoutError:
            return

    async def _told(self, error: Exception) -> None:
        if "permissions violation" in str(error).lower():
            self.forbidden = str(error)

    async def _disconnected(self) -> None:
        self.answers.disconnected()
