"""Connections between servers on this machine, each through a relay that can withhold what passes.

Withheld bytes arrive once the way is open again, as after packets that were dropped and sent again.
Whoever finds that too long closes the connection and makes another, which is withheld as well.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Final

from cli.running.ports import choose_ports

LOOPBACK: Final = "127.0.0.1"
_CHUNK_BYTES: Final = 64 << 10

_End = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class RouteRelays:
    """``listening``: on which port each, by name, takes connections. ``ports``: on which one each
    reaches each other.
    """

    def __init__(self, listening: dict[str, int]) -> None:
        self._listening = listening
        pairs = [(one, other) for one in listening for other in listening if one != other]
        chosen = choose_ports({f"{a} {b}": None for a, b in pairs}, set(listening.values()))
        self.ports = {(a, b): chosen[f"{a} {b}"] for a, b in pairs}
        self._open = {pair: asyncio.Event() for pair in pairs}
        self._servers: list[asyncio.Server] = []
        self._passing: set[asyncio.Task[None]] = set()
        self.heal()

    async def start(self) -> None:
        """Take connections."""
        for (a, b), port in self.ports.items():
            self._servers.append(
                await asyncio.start_server(partial(self._relay, a, b), LOOPBACK, port)
            )

    def cut(self, ways: Iterable[tuple[str, str]]) -> None:
        """Withhold what the first of each pair says to the second, whoever called whom."""
        for way in ways:
            self._open[way].clear()

    def heal(self) -> None:
        """Let everything pass."""
        for way in self._open.values():
            way.set()

    async def close(self) -> None:
        """End all connections."""
        for server in self._servers:
            server.close()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    async def _relay(
        self, a: str, b: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError):
                await self._open[a, b].wait()
                far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self._listening[b])
                await self._join((a, b), (reader, writer), (far_reader, far_writer))
        finally:
            writer.close()
            self._passing.discard(task)

    async def _join(self, way: tuple[str, str], near: _End, far: _End) -> None:
        """Pass what both say until one end has gone; then the other goes as well."""
        passing = [
            asyncio.create_task(self._pass(near[0], far[1], way)),
            asyncio.create_task(self._pass(far[0], near[1], (way[1], way[0]))),
        ]
        try:
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in passing:
                task.cancel()
            await asyncio.gather(*passing, return_exceptions=True)
            far[1].close()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: tuple[str, str]
    ) -> None:
        while data := await reader.read(_CHUNK_BYTES):
            await self._open[way].wait()
            writer.write(data)
            await writer.drain()
