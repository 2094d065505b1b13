"""What the handlers of both doors are given."""

from dataclasses import dataclass

from aiohttp import web

from domain.clock import Clock
from gateway.accounts_client import AccountsClient
from gateway.admin_client import AdminClient
from gateway.auth import Authenticator
from gateway.feed import Feed
from gateway.indication import Indications
from gateway.market_data_client import MarketDataClient
from gateway.market_feed import MarketFeed
from gateway.order_entry import OrderEntry
from gateway.order_lookup import OrderLookup
from gateway.rate_limits import RateLimits
from gateway.system_status import SystemStatus


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one gateway, wired once at start."""

    feed: Feed
    entry: OrderEntry
    lookup: OrderLookup
    accounts: AccountsClient
    market_data: MarketDataClient
    market_feed: MarketFeed
    authenticator: Authenticator
    limits: RateLimits
    clock: Clock
    indications: Indications
    admin: AdminClient
    system: SystemStatus


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
