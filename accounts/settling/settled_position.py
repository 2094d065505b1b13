"""How far settlement has come, for readers that wait for their own writes."""

import asyncio


class SettledPosition:
    """The sequence number of the last settled event; readers may wait for one."""

    def __init__(self) -> None:
        self._seq = 0
        self._moved = asyncio.Event()

    @property
    def seq(self) -> int:
        """Every event up to this one is settled."""
        return self._seq

    def advance(self, seq: int) -> None:
        """Note that everything up to ``seq`` is settled, and wake who waits."""
        self._seq = seq
        self._moved.set()
        self._moved = asyncio.Event()

    async def reached(self, seq: int, timeout_s: int) -> bool:
        """Wait until event ``seq`` is settled; False if that takes over ``timeout_s`` seconds."""
        try:
            async with asyncio.timeout(timeout_s):
                while self._seq < seq:
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True
