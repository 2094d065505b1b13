"""The HTTP application."""

from typing import Final

from aiohttp import web

from accounts.rest.account_routes import add_account_routes
from accounts.rest.admin_figures_routes import add_admin_figures_routes
from accounts.rest.admin_routes import add_admin_routes
from accounts.rest.api_key_routes import add_api_key_routes
from accounts.rest.book_routes import add_book_routes
from accounts.rest.credential_routes import add_credential_routes
from accounts.rest.drop_copy_routes import add_drop_copy_routes
from accounts.rest.exchange import answer_refusals
from accounts.rest.history_routes import add_history_routes
from accounts.rest.money_routes import add_money_routes
from accounts.rest.services import SERVICES, Services
from accounts.rest.sub_account_routes import add_sub_account_routes
from accounts.rest.user_routes import add_user_routes
from accounts.rest.wallet_routes import add_wallet_routes
from accounts.rest.withdrawal_desk_routes import add_withdrawal_desk_routes
from service import request_ids
from service.calls import signature_middleware
from service.health import Readiness, add_health_routes

BODY_BYTES_MAX: Final = 16 * 1024


def make_app(services: Services, readiness: Readiness, service_secret: str) -> web.Application:
    """Return the application that serves ``services`` to signed callers."""
    app = web.Application(
        middlewares=[request_ids.named, answer_refusals, signature_middleware(service_secret)],
        client_max_size=BODY_BYTES_MAX,
    )
    app[SERVICES] = services
    add_health_routes(app, readiness)
    add_user_routes(app)
    add_credential_routes(app)
    add_api_key_routes(app)
    add_account_routes(app)
    add_money_routes(app)
    add_sub_account_routes(app)
    add_book_routes(app)
    add_drop_copy_routes(app)
    add_history_routes(app)
    add_wallet_routes(app)
    add_withdrawal_desk_routes(app)
    add_admin_routes(app)
    add_admin_figures_routes(app)
    return app
