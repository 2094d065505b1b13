"""The one table of routes: what is not here is neither served nor documented."""

from typing import Final

from gateway.rest import (
    account,
    account_history,
    admin_metrics,
    admin_money,
    admin_proposals,
    admin_users,
    admin_venue,
    api_keys,
    bots,
    credentials,
    history,
    liabilities,
    market,
    order_lists,
    orders,
    sessions,
    statements,
    sub_accounts,
    wallet,
)
from gateway.rest.route import Route

ROUTES: Final[tuple[Route, ...]] = (
    *market.ROUTES,
    *history.ROUTES,
    *sessions.ROUTES,
    *credentials.ROUTES,
    *orders.ROUTES,
    *order_lists.ROUTES,
    *account.ROUTES,
    *api_keys.ROUTES,
    *wallet.ROUTES,
    *account_history.ROUTES,
    *liabilities.ROUTES,
    *admin_venue.ROUTES,
    *admin_users.ROUTES,
    *admin_money.ROUTES,
    *admin_metrics.ROUTES,
    *admin_proposals.ROUTES,
    *sub_accounts.ROUTES,
    *statements.ROUTES,
    *bots.ROUTES,
)
