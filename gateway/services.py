"""What the handlers of both doors are given."""

from dataclasses import dataclass, field

from aiohttp import web

from domain.clock import Clock
from gateway.accounts_client import AccountsClient
from gateway.admin_client import AdminClient
from gateway.auth import Authenticator
from gateway.bots_client import BotsClient
from gateway.downloads import Downloads
from gateway.feed import Feed
from gateway.indication import Indications
from gateway.market_data_client import MarketDataClient
from gateway.market_feed import MarketFeed
from gateway.order_entry import OrderEntry
from gateway.order_level import OrderLevelReaders
from gateway.order_lookup import OrderLookup
from gateway.own_accounts import OwnAccounts
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
    own_accounts: OwnAccounts
    limits: RateLimits
    clock: Clock
    indications: Indications
    bots: BotsClient
    admin: AdminClient
    system: SystemStatus
    downloads: Downloads = field(default_factory=Downloads)
    order_level: OrderLevelReaders = field(default_factory=OrderLevelReaders)
    everybody_controls_bots: bool = False


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
