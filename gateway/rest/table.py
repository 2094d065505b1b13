"""The one table of routes: what is not here is neither served nor documented."""

from typing import Final

from gateway.rest import account, api_keys, market, orders, sessions
from gateway.rest.route import Route

ROUTES: Final[tuple[Route, ...]] = (
    *market.ROUTES,
    *sessions.ROUTES,
    *orders.ROUTES,
    *account.ROUTES,
    *api_keys.ROUTES,
)
