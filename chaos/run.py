"""One run: open, load, break, heal, and ask whether every promise was kept."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

import aiohttp
import asyncpg

from accounts.database import DATABASE_ERRORS
from chaos.errors import DidNotHeal
from chaos.faults import faults
from chaos.injection import CALM, Injector
from chaos.ledger import read_ledger
from chaos.records import RecordBook, compare
from chaos.report import Recovery, Report
from chaos.traders import Link, Login, Trader
from cli.auditing.audit import AuditConfig, audit
from cli.running.exchange import Exchange, Options, Watcher
from cli.running.instance import InstanceLock, Paths
from cli.running.ports import choose_ports
from cli.running.readiness import ask_readyz
from cli.running.seed import INSTRUMENTS
from cli.running.services import LOOPBACK
from cli.running.supervisor import ProcessSpec
from cli.venue.engine_access import EngineAccess, settled
from client import OpenbellClient
from replay.faulty_network import FaultyNetwork, faulty_network
from service.calls import ServiceClient
from service.config import load_config
from service.errors import ServiceError
from transport.engine_address import EngineAddress
from transport.errors import TransportError

TRADERS: Final = 8
SECOND_GATEWAY: Final = "gateway_2"
KILLED: Final = ("engine", "gateway", SECOND_GATEWAY, "accounts", "market_data", "snapshots")
POSTGRES: Final = "postgres"
SETTLE_S: Final = 60.0
"""After the last fault: until every client knows what became of its orders."""
SETTLEMENT_S: Final = 180.0
"""And until the ledger has everything."""
PROGRESS_S: Final = 5.0
CLIENT_ID: Final = 21
"""Names this in the engine's logs."""
SNAPSHOT_EVERY_COMMANDS: Final = 20_000

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaosOptions:
    """What to do to it, and for how long. ``interval_s``: between two faults, on average."""

    duration_s: float
    interval_s: float
    seed: int
    orders_per_s: float


async def chaos(data_dir: Path, options: ChaosOptions, say: Say) -> Report:
    """Run an exchange of its own in ``data_dir`` and return whether it held.

    Raises:
        StartFailed, MigrationError, PostgresError, ServiceError: it could not be opened.
    """
    book = RecordBook()
    report = Report(options.seed)
    async with AsyncExitStack() as stack:
        exchange, network = await stack.enter_async_context(_opened(data_dir, say))
        logins = await _logins(exchange)
        injector = Injector(exchange.facts, network, partial(_serves, exchange))
        try:
            await _under_load(exchange, logins, book, injector, options, report, say)
        except DidNotHeal as error:
            report.violations.append(str(error))
        await _judge(exchange, logins, book, report, say)
        _count(exchange, network, injector, report)
    report.orders, report.acknowledged, report.refused = (
        len(book.orders),
        book.acknowledged,
        book.refused,
    )
    report.elapsed_s = options.duration_s
    report.orders_per_s = (book.acknowledged + book.refused) / options.duration_s
    return report


@asynccontextmanager
async def _opened(data_dir: Path, say: Say) -> AsyncIterator[tuple[Exchange, FaultyNetwork]]:
    """An exchange whose engine the others reach through a network of ours, with two gateways."""
    paths = Paths.of(data_dir)
    paths.prepare()
    ports = choose_ports({"gateway": None, SECOND_GATEWAY: None}, taken=set())
    inherited = dict(os.environ) | {
        "OPENBELL_SNAPSHOT_EVERY_COMMANDS": str(SNAPSHOT_EVERY_COMMANDS)
    }
    options = Options(paths, ports["gateway"], bots=False, environment=inherited)
    with InstanceLock(paths.lock):
        exchange = Exchange(options, Watcher(phase=say, message=lambda _: None))
        engine = exchange.wiring.ports
        address = EngineAddress(LOOPBACK, engine["engine_udp"], engine["engine_tcp"])
        async with faulty_network(address, CALM) as network:
            exchange.wiring = replace(exchange.wiring, engine_relay_udp=network.address.udp_port)
            try:
                await exchange.start()
                await exchange.start_also(_second_gateway(exchange, ports[SECOND_GATEWAY]))
                yield exchange, network
            finally:
                await exchange.stop()


def _second_gateway(exchange: Exchange, port: int) -> ProcessSpec:
    spec = exchange.wiring.spec("gateway")
    return replace(
        spec,
        name=SECOND_GATEWAY,
        env=spec.env | {"OPENBELL_GATEWAY_PORT": str(port)},
        log=spec.log.with_name(f"{SECOND_GATEWAY}.log"),
        ready=partial(ask_readyz, port),
        port=port,
    )


async def _logins(exchange: Exchange) -> list[Login]:
    """The demo's people and the bots, which do not run, lend their accounts."""
    bots = json.loads(exchange.wiring.paths.bots.read_text(encoding="utf-8"))
    logins = []
    for key in (*exchange.facts.demo["api_keys"], *bots.values()):
        api_key, api_secret = key["api_key"], key["api_secret"]
        url = exchange.wiring.gateway_url
        async with OpenbellClient(url, api_key=api_key, api_secret=api_secret) as client:
            logins.append(Login((await client.me()).account_id, api_key, api_secret))
    return logins


async def _serves(exchange: Exchange, process: str) -> bool:
    port = exchange.facts.processes[process].port
    if port is not None:
        return (await ask_readyz(port)).ready
    try:
        connection = await asyncpg.connect(exchange.wiring.database_url, timeout=1.0)
    except DATABASE_ERRORS:
        return False
    await connection.close()
    return True


async def _under_load(
    exchange: Exchange,
    logins: Sequence[Login],
    book: RecordBook,
    injector: Injector,
    options: ChaosOptions,
    report: Report,
    say: Say,
) -> None:
    """Trade and break for as long as asked, then heal; report what clients did not understand.

    Raises:
        DidNotHeal: something does not serve again.
    """
    urls = [
        f"http://{LOOPBACK}:{exchange.facts.processes[name].port}"
        for name in ("gateway", SECOND_GATEWAY)
    ]
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        traders = []
        for number in range(TRADERS):
            login, random = logins[number % len(logins)], Random(f"{options.seed} {number}")
            link = Link(urls, login, random)
            await link.open()
            stack.push_async_callback(link.close)
            name = f"trader{number}"
            traders.append(Trader(name, login.account_id, link, book, INSTRUMENTS, random))
        rate = options.orders_per_s / TRADERS
        trading = asyncio.gather(*(trader.trade(rate, stop) for trader in traders))
        try:
            await _break(injector, book, options, say)
            say("healing")
            await injector.heal()
        finally:
            stop.set()
            await asyncio.gather(trading, *(trader.finish(SETTLE_S) for trader in traders))
            for trader in traders:
                report.unanswered += trader.unanswered
                report.count_surprises(trader.surprises)
            report.violations += [
                f"not understood {count} times: {said}" for said, count in report.surprises.items()
            ]


async def _break(injector: Injector, book: RecordBook, options: ChaosOptions, say: Say) -> None:
    begun_s = said_s = time.monotonic()
    for fault in faults(options.seed, options.interval_s, KILLED, POSTGRES):
        at_s = time.monotonic() + fault.after_s
        while (now_s := time.monotonic()) < min(at_s, begun_s + options.duration_s):
            if now_s - said_s >= PROGRESS_S:
                said_s = now_s
                say(_progress(injector, book, now_s - begun_s))
            await asyncio.sleep(min(at_s, begun_s + options.duration_s, now_s + 1.0) - now_s)
        if now_s >= begun_s + options.duration_s:
            return
        await injector.inject(fault)


def _progress(injector: Injector, book: RecordBook, elapsed_s: float) -> str:
    answered = book.acknowledged + book.refused
    return (
        f"{elapsed_s:,.0f} s: {injector.counts.total()} faults, {book.acknowledged:,} orders "
        f"acknowledged ({answered / elapsed_s:,.0f}/s), {len(book.orders) - answered} not known, "
        f"{len(book.contradictions)} contradictions"
    )


async def _judge(
    exchange: Exchange, logins: Sequence[Login], book: RecordBook, report: Report, say: Say
) -> None:
    unsettled = book.unsettled()
    report.violations += [f"order {name}: its client never learned its fate" for name in unsettled]
    say("auditing")
    try:
        await _settlement()
    except (TimeoutError, ServiceError, TransportError) as error:
        report.violations.append(f"settlement does not catch up: {error}")
    audited = await audit(load_config(AuditConfig))
    report.audit = audited.as_text()
    report.violations += [f"audit: {one}" for one in audited.differences]
    say("comparing with what the clients know")
    account_ids = [login.account_id for login in logins]
    orders, trades = await read_ledger(exchange.wiring.database_url, account_ids)
    report.fills = len(trades)
    report.violations += await asyncio.to_thread(compare, book, orders, trades)


async def _settlement() -> None:
    """Return once the ledger has every event of the engine.

    Raises:
        TimeoutError: it has not.
    """
    access = load_config(EngineAccess)
    async with (
        access.engine(CLIENT_ID, SETTLE_S) as engine,
        aiohttp.ClientSession() as http,
    ):
        assert engine.next_event_seq is not None
        accounts = ServiceClient(http, access.accounts_url, access.service_secret)
        await settled(accounts, engine.next_event_seq - 1, SETTLEMENT_S)


def _count(exchange: Exchange, network: FaultyNetwork, injector: Injector, report: Report) -> None:
    report.count_faults(injector.counts)
    report.recoveries = {
        process: Recovery.of(took_s) for process, took_s in sorted(injector.recoveries_s.items())
    }
    both = (network.to_engine, network.to_clients)
    report.datagrams = {
        "passed": sum(one.seen.total() for one in both),
        "lost": sum(one.lost for one in both),
        "duplicated": sum(one.duplicated for one in both),
        "reordered": sum(one.reordered for one in both),
        "delayed": sum(one.delayed for one in both),
    }
    for name, facts in exchange.facts.processes.items():
        ended = sum(
            count
            for (process, kind), count in injector.counts.items()
            if process == name and kind.ends
        )
        if facts.restarts > ended:
            by_itself = facts.restarts - ended
            report.violations.append(f"{name} ended by itself {by_itself} times")
