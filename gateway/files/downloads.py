"""Files of market data, streamed: bounded in rows, in number and in how slowly they are read."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Final

import structlog
from aiohttp import web

from gateway.errors import ApiError
from gateway.files.row_formats import MEDIA_TYPES, Row, RowFile
from service.client_addresses import limited_as

ROWS_MAX: Final = 1_000_000
"""Of one file; the next begins where it ends."""
DOWNLOADS_MAX: Final = 8
"""At once, of one gateway process; past it 503."""
DOWNLOADS_PER_ADDRESS_MAX: Final = 3
"""Of them for one address; past it 429."""
READ_S: Final = 30.0
"""A reader that takes longer for one piece is cut off."""

Pages = AsyncGenerator[Sequence[Row]]
_log: Final = structlog.get_logger()


class Downloads:
    """The files that are being read just now."""

    def __init__(self) -> None:
        self.running = 0
        self._by_address: Counter[str] = Counter()

    @asynccontextmanager
    async def _one(self, address: str) -> AsyncIterator[None]:
        if self._by_address[address] >= DOWNLOADS_PER_ADDRESS_MAX:
            message = f"an address reads at most {DOWNLOADS_PER_ADDRESS_MAX} files at once"
            raise ApiError(429, "TOO_MANY_DOWNLOADS", message, retry_after_s=5)
        if self.running >= DOWNLOADS_MAX:
            message = f"{DOWNLOADS_MAX} files are being read already"
            raise ApiError(503, "TOO_MANY_DOWNLOADS", message, retry_after_s=5)
        self.running += 1
        self._by_address[address] += 1
        try:
            yield
        finally:
            self.running -= 1
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    async def stream(
        self, request: web.Request, name: str, file_format: str, file: RowFile, pages: Pages
    ) -> web.StreamResponse:
        """Send ``pages`` as a file. What fails before the first page is answered; after it, the
        connection is cut, so that nobody takes a part for the whole.

        Raises:
            ApiError: there are too many, or there was no first page.
        """
        async with self._one(limited_as(request.remote or "unknown")), aclosing(pages):
            # Not () as the default: CPython takes a tuple for the arguments of an exception.
            first = await anext(pages, None) or ()
            response = web.StreamResponse(
                headers={
                    "Content-Type": MEDIA_TYPES[file_format],
                    "Content-Disposition": f'attachment; filename="{name}.{file_format}"',
                }
            )
            await response.prepare(request)
            try:
                await _write(response, file.rows(first))
                async for rows in pages:
                    # Parquet is compressed: not on the loop.
                    await _write(response, await asyncio.to_thread(file.rows, rows))
                await _write(response, file.end())
                async with asyncio.timeout(READ_S):
                    await response.write_eof()
            except (ApiError, TimeoutError, ConnectionError) as error:
                _log.warning("download_cut", path=request.path, error=str(error))
                if request.transport is not None:
                    request.transport.abort()
            return response


async def _write(response: web.StreamResponse, data: bytes) -> None:
    if data:
        async with asyncio.timeout(READ_S):
            await response.write(data)
