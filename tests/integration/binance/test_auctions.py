"""An auction hides the book from every stream of this dialect, and shows it again when it is over.

No order comes or goes as it begins: that the book is hidden is all that changes.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest

from domain.commands import SetTradingStatus
from domain.orders import TradingStatus
from tests.integration.binance.customer import Customer, Reader
from tests.integration.binance.test_streams import LocalBook
from tests.integration.operator_hand import OperatorHand

SYMBOL = "ETHUSDT"
BID, ASK = ["3000.00000000", "0.10000000"], ["3100.00000000", "0.20000000"]


async def turn(operator: OperatorHand, status: TradingStatus) -> None:
    instrument_id = operator.instrument("ETH-USDT").instrument_id
    await operator.execute([SetTradingStatus(instrument_id=instrument_id, trading_status=status)])


@asynccontextmanager
async def auction(operator: OperatorHand) -> AsyncIterator[None]:
    """For the length of the block the instrument is in an auction."""
    await turn(operator, TradingStatus.AUCTION)
    try:
        yield
    finally:
        await turn(operator, TradingStatus.TRADING)


@pytest.fixture
async def quoted(me: Customer) -> Customer:
    """A bid and an ask rest, and nothing else."""
    await me.order(symbol=SYMBOL, quantity="0.1", price="3000")
    await me.order("SELL", symbol=SYMBOL, quantity="0.2", price="3100")
    return me


async def closed(reader: Reader) -> int:
    """Return the code a connection is closed with; events before it do not matter."""
    while (message := await reader.socket.receive(10)).type is aiohttp.WSMsgType.TEXT:
        pass
    assert message.type is aiohttp.WSMsgType.CLOSE, message
    return int(message.data)


@pytest.mark.parametrize("stream", ["ethusdt@bookTicker", "!bookTicker"])
async def test_the_best_prices_are_gone_as_an_auction_begins_and_back_as_it_ends(
    quoted: Customer, operator: OperatorHand, stream: str
) -> None:
    async with quoted.socket(f"/ws/{stream}") as reader:
        await reader.ask("LIST_SUBSCRIPTIONS")
        async with auction(operator):
            hidden = await reader.until(lambda each: each["s"] == SYMBOL)
            assert {hidden[name] for name in "bBaA"} == {"0.00000000"}
            best = await quoted.public("/api/v3/ticker/bookTicker", symbol=SYMBOL)
            assert best["bidPrice"] == best["askPrice"] == "0.00000000"
        shown = await reader.until(lambda each: each["s"] == SYMBOL)
        assert ([shown["b"], shown["B"]], [shown["a"], shown["A"]]) == (BID, ASK)


async def test_the_first_levels_are_hidden_and_shown_again(
    quoted: Customer, operator: OperatorHand
) -> None:
    async with quoted.socket("/ws/ethusdt@depth5@100ms") as reader:
        assert (await reader.message())["bids"] == [BID]
        async with auction(operator):
            hidden = await reader.message()
            assert (hidden["bids"], hidden["asks"]) == ([], [])
            assert hidden == await quoted.public("/api/v3/depth", symbol=SYMBOL)
        shown = await reader.message()
        assert (shown["bids"], shown["asks"]) == ([BID], [ASK])


async def test_a_book_kept_from_changes_starts_over_as_an_auction_begins_and_ends(
    quoted: Customer, other: Customer, operator: OperatorHand
) -> None:
    stream = "/ws/ethusdt@depth@100ms"
    async with AsyncExitStack() as sockets:
        both = await sockets.enter_async_context(
            quoted.socket("/stream?streams=ethusdt@depth/ethusdt@depth@100ms")
        )
        one = await sockets.enter_async_context(quoted.socket(stream))
        for reader in (both, one):
            await reader.ask("LIST_SUBSCRIPTIONS")
        async with auction(operator):
            assert await closed(one) == await closed(both) == 1012
            again = await sockets.enter_async_context(quoted.socket(stream))
            await again.ask("LIST_SUBSCRIPTIONS")
            await other.order("SELL", symbol=SYMBOL, quantity="0.1", price="2990")
        assert await closed(again) == 1012
    book = LocalBook()
    async with quoted.socket(stream) as reader:
        await reader.ask("LIST_SUBSCRIPTIONS")
        book.load(await quoted.public("/api/v3/depth", symbol=SYMBOL))
        assert book.as_depth() == ([], [ASK]), "the bid traded as the auction ended"
        await quoted.order(symbol=SYMBOL, quantity="0.3", price="2980")
        book.take(await reader.message())
    depth = await quoted.public("/api/v3/depth", symbol=SYMBOL)
    assert book.as_depth() == (depth["bids"], depth["asks"])


async def test_an_auction_takes_what_can_wait_and_is_told_as_such(
    quoted: Customer, operator: OperatorHand
) -> None:
    async with quoted.socket("/ws/ethusdt@trade") as reader:
        await reader.ask("LIST_SUBSCRIPTIONS")
        async with auction(operator):
            info = await quoted.public("/api/v3/exchangeInfo", symbol=SYMBOL)
            assert info["symbols"][0]["status"] == "AUCTION_MATCH"
            market = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": "0.1"}
            status, answer = await quoted.signed("POST", "/api/v3/order", **market)
            assert (status, answer) == (400, {"code": -2010, "msg": "Market is closed."})
            await quoted.order("SELL", symbol=SYMBOL, quantity="0.1", price="2990")
        event = await reader.message()
        assert (event["q"], event["m"]) == ("0.10000000", False), "neither had waited for the other"
