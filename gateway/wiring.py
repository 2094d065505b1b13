"""Builds the gateway's parts and connects them."""

import time
from collections.abc import AsyncGenerator, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import aiohttp
from prometheus_client import REGISTRY

from domain.clock import LogClock
from gateway.access.auth import Authenticator
from gateway.access.credential_news import follow_revocations, tell_key_use
from gateway.access.order_level import OrderLevelReaders
from gateway.access.own_accounts import OwnAccounts
from gateway.access.rate_limits import RateLimits
from gateway.access.stopped_users import StoppedUsers
from gateway.binance.call import Dialect
from gateway.binance.cancel_ids import CancelIds
from gateway.binance.endpoints import Endpoints
from gateway.binance.listen_key_desk import KeysElsewhere, KeysHere, ListenKeyDesk
from gateway.binance.listen_keys import ListenKeys
from gateway.binance.market_streams import MarketStreams
from gateway.binance.markets import Markets
from gateway.binance.user_streams import UserStreams
from gateway.binance.weights import Weights
from gateway.calls.accounts_client import AccountsClient
from gateway.calls.admin_client import AdminClient
from gateway.calls.bots_client import BotsClient
from gateway.calls.market_data_client import MarketDataClient
from gateway.config import GatewayConfig
from gateway.orders.order_entry import OrderEntry
from gateway.orders.order_lookup import OrderLookup
from gateway.services import Services
from gateway.session_metrics import SessionCollector
from gateway.state.feed import EVENT_STREAM, Feed, FollowEvents
from gateway.state.indication import Indications
from gateway.state.market_feed import MarketFeed
from gateway.state.reader_group import ReaderGroup
from gateway.system_status import SystemStatus
from gateway.ws.channels import Channels
from gateway.ws.endpoint import Sockets
from service.calls import ServiceClient
from service.health import Readiness
from service.observing.history import History
from service.observing.watcher import Watcher
from service.order_traces import open_traces
from transport.engine_address import EngineAddress, engines_of
from transport.engine_client import EngineClient
from transport.keys import KeyRing
from transport.live_events import live_events
from transport.session_counters import SessionCounters

CLIENT_ID: Final = 1
"""Names this process in the engine's logs."""
_CLIENT_IDS_OF_SEVERAL: Final = 100


@dataclass(frozen=True, slots=True)
class Gateway:
    """The parts of one gateway."""

    services: Services
    sockets: Sockets
    binance: Endpoints
    session: SessionCollector
    """Of the metrics, what only its sessions with the engine know."""
    listen_keys: ListenKeyDesk
    readiness: Readiness
    background: tuple[Coroutine[Any, Any, None], ...]
    """What runs for as long as the gateway does."""


def client_id(config: GatewayConfig) -> int:
    """Return what names this gateway in the engine's logs."""
    several = config.gateway_workers > 1
    return _CLIENT_IDS_OF_SEVERAL + config.gateway_worker if several else CLIENT_ID


def engines(config: GatewayConfig) -> tuple[EngineAddress, ...]:
    """Return where the engine is, or its replicas are."""
    first = EngineAddress(config.engine_host, config.engine_udp_port, config.engine_tcp_port)
    return engines_of(first, config.engine_replicas)


def wire(
    config: GatewayConfig, keys: KeyRing, engine: EngineClient, http: aiohttp.ClientSession
) -> Gateway:
    """Return the parts, connected; nothing runs yet."""
    clock, readiness = LogClock(), Readiness(EVENT_STREAM)
    account_calls = ServiceClient(http, config.accounts_url, config.service_secret)
    accounts, admin = AccountsClient(account_calls), AdminClient(account_calls)
    stopped = StoppedUsers(admin.stopped_users)
    indications, cancel_ids = Indications(), CancelIds()
    channels = Channels(clock, indications)
    streams, users = MarketStreams(clock), UserStreams(clock, cancel_ids)
    readers = ReaderGroup(users, streams, channels)

    following = SessionCounters()
    follow = _follow(config, keys, following)
    engine_next_seq = partial(_next_seq, engine)
    watcher = _watcher(config, http)
    feed = Feed(accounts.snapshot, follow, engine_next_seq, readers, readiness, users.witness)
    market_calls = ServiceClient(http, config.market_data_url, config.service_secret)
    market_data = MarketDataClient(market_calls, lambda: feed.projection.seq)
    market_feed = MarketFeed(http, market_calls, market_data, readers)
    channels.use_market_feed(market_feed)
    services = Services(
        feed=feed,
        entry=OrderEntry(engine, feed, clock, open_traces("gateway", config)),
        lookup=OrderLookup(feed, accounts),
        accounts=accounts,
        market_data=market_data,
        market_feed=market_feed,
        authenticator=Authenticator(accounts, is_stopped=stopped.__contains__),
        own_accounts=OwnAccounts(accounts),
        limits=_limits(config),
        clock=clock,
        indications=indications,
        admin=admin,
        system=SystemStatus(engine, feed, admin, http, _others(config)),
        watched=watcher.history,
        order_level=OrderLevelReaders.parse(config.gateway_order_level_accounts),
        bots=BotsClient(http, config.bots_url, config.bot_control_secret),
        everybody_controls_bots=config.gateway_bot_control == "login",
    )
    sockets, dialect = Sockets(channels), _dialect(config, services, cancel_ids, http)
    streams.use(services, dialect.markets)
    binance = Endpoints(dialect, streams, users)
    background = (
        feed.run(),
        feed.watch(),
        stopped.run(),
        market_feed.run(),
        channels.run(),
        sockets.run(),
        streams.run(),
        streams.run_averages(),
        binance.run(),
        follow_revocations(accounts, services.authenticator.revoked),
        watcher.run(),
        tell_key_use(accounts, services.authenticator.use),
    )
    session = SessionCollector(engine, following)
    return Gateway(services, sockets, binance, session, dialect.listen_keys, readiness, background)


def _next_seq(engine: EngineClient) -> int | None:
    return engine.next_event_seq if engine.ready else None


def _others(config: GatewayConfig) -> dict[str, str]:
    return {"accounts": config.accounts_url, "market_data": config.market_data_url}


def own_name(config: GatewayConfig) -> str:
    """Return what operators call this gateway."""
    return f"gateway_{config.gateway_worker}" if config.gateway_workers > 1 else "gateway"


def _watcher(config: GatewayConfig, http: aiohttp.ClientSession) -> Watcher:
    own = own_name(config)
    named = config.gateway_watched or _others(config)
    urls = {name: url for name, url in named.items() if name != own}
    return Watcher(http, urls, History(), own={own: REGISTRY})


def _follow(config: GatewayConfig, keys: KeyRing, counters: SessionCounters) -> FollowEvents:
    def follow(from_seq: int) -> AsyncGenerator[tuple[int, bytes]]:
        return live_events(engines(config), keys, from_seq, client_id(config), counters)

    return follow


def _limits(config: GatewayConfig) -> RateLimits:
    return RateLimits(
        requests_per_ip=config.gateway_requests_per_ip,
        credentials_per_ip=config.gateway_credentials_per_ip,
        requests_per_account=config.gateway_requests_per_account,
        requests_per_key=config.gateway_requests_per_key,
        orders_per_account=config.gateway_orders_per_account,
        sockets_per_ip=config.gateway_sockets_per_ip,
        sockets_open_per_ip=config.gateway_sockets_open_per_ip,
    )


def _dialect(
    config: GatewayConfig, services: Services, cancel_ids: CancelIds, http: aiohttp.ClientSession
) -> Dialect:
    listen_keys: ListenKeyDesk
    if config.gateway_worker == 1:
        offered = config.gateway_binance_listen_keys
        listen_keys = KeysHere(ListenKeys(time.monotonic, offered=offered))
    else:
        first = ServiceClient(http, config.gateway_first_url, config.service_secret)
        listen_keys = KeysElsewhere(first)
    return Dialect(
        services=services,
        markets=Markets(services.feed),
        weights=Weights(
            weight_per_minute=config.gateway_binance_weight_per_minute,
            orders_per_10_s=config.gateway_binance_orders_per_10_s,
            orders_per_day=config.gateway_binance_orders_per_day,
        ),
        cancel_ids=cancel_ids,
        listen_keys=listen_keys,
    )
