"""The yardstick of the gateway: an aiohttp handler that reads JSON and answers JSON, and no more.

``python -m bench.bare_handler`` prints its port and serves until its standard input is closed.
"""

import asyncio
import sys
from typing import Final

import msgspec
import uvloop
from aiohttp import web

PATH: Final = "/api/v1/orders"
_ANSWER: Final = {"order_id": 1, "status": "filled", "text": "." * 400}
"""About as long as an order with its fill."""


async def _handle(request: web.Request) -> web.Response:
    msgspec.json.decode(await request.read())
    body = msgspec.json.encode(_ANSWER)
    return web.Response(body=body, status=201, content_type="application/json")


async def serve() -> None:
    """Serve until there is no one left who wants it."""
    app = web.Application()
    app.router.add_post(PATH, _handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(serve())
