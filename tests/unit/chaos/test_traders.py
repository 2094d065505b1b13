"""A customer of an exchange that never answers gives up when told to, and knows nothing."""

import asyncio
from random import Random

from chaos.records import RecordBook
from chaos.traders import IN_FLIGHT_MAX, Link, Login, Trader
from cli.running.ports import choose_ports
from cli.running.seed import INSTRUMENTS


async def test_a_trader_without_an_exchange_ends_and_knows_nothing():
    port = choose_ports({"nobody": None}, set())["nobody"]
    book, stop = RecordBook(), asyncio.Event()
    link = Link([f"http://127.0.0.1:{port}"], Login(1, "key", "secret"), Random(1))
    await link.open()
    trader = Trader("t", 1, link, book, INSTRUMENTS, Random(2))
    trading = asyncio.create_task(trader.trade(10_000.0, stop))
    while len(book.orders) < IN_FLIGHT_MAX or trader.unanswered < IN_FLIGHT_MAX:
        await asyncio.sleep(0)
    stop.set()
    await asyncio.gather(trading, trader.finish(0.0))
    await link.close()
    assert book.unsettled() == list(book.orders) and len(book.orders) == IN_FLIGHT_MAX
