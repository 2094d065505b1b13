"""What the handlers of both doors are given."""

from dataclasses import dataclass, field

from aiohttp import web

from domain.clock import Clock
from gateway.access.auth import Authenticator
from gateway.access.order_level import OrderLevelReaders
from gateway.access.own_accounts import OwnAccounts
from gateway.access.rate_limits import RateLimits
from gateway.calls.accounts_client import AccountsClient
from gateway.calls.admin_client import AdminClient
from gateway.calls.bots_client import BotsClient
from gateway.calls.market_data_client import MarketDataClient
from gateway.files.downloads import Downloads
from gateway.orders.order_entry import OrderEntry
from gateway.orders.order_lookup import OrderLookup
from gateway.state.feed import Feed
from gateway.state.indication import Indications
from gateway.state.market_feed import MarketFeed
from gateway.system_status import SystemStatus
from service.observing.history import History


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
    watched: History = field(default_factory=History)
    """What the metrics of the exchange's processes were lately."""
    downloads: Downloads = field(default_factory=Downloads)
    order_level: OrderLevelReaders = field(default_factory=OrderLevelReaders)
    everybody_controls_bots: bool = False


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
