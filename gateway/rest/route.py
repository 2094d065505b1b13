"""One entry of the route table, and what its handler is given."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from aiohttp import web

from domain.units import JSON_ID_MAX
from gateway.access.auth import Principal
from gateway.access.own_accounts import no_such_account
from gateway.errors import ApiError, invalid, unknown_list, unknown_order
from gateway.services import Services

PREFIX: Final = "/api/v1"
IDEMPOTENCY_KEY: Final = "Idempotency-Key"
ACCOUNT_HEADER: Final = "Openbell-Account"
"""Which of a login's accounts a request is about; its main account without it."""
ACCOUNT_DIGITS_MAX: Final = 10
KEY_PATTERN: Final = "^[A-Za-z0-9_-]{1,64}$"
_KEY: Final = re.compile(KEY_PATTERN)
CODE_HEADER: Final = "X-Openbell-Code"
CODE_CHARS_MAX: Final = 64
REFRESH_COOKIE: Final = "openbell_refresh"
REFRESH_COOKIE_PATH: Final = f"{PREFIX}/auth"


class Access(Enum):
    """Who may call a route."""

    PUBLIC = "public"
    READ = "read"
    TRADE = "trade"
    WITHDRAW = "withdraw"
    LOGIN = "login"
    """A person who has logged in; an API key is not enough."""
    SUPPORT = "support"
    """A login whose role is support or admin, as it is at the time of the request."""
    ADMIN = "admin"
    """A login whose role is admin, as it is at the time of the request."""


class Limit(Enum):
    """Which named limit counts a route, besides the one on all requests."""

    NONE = "none"
    CREDENTIALS = "credentials"
    ORDERS = "orders"


def idempotency_key(request: web.Request) -> str:
    """Return the key under which a request is the same as an earlier one.

    Raises:
        ApiError: there is none, or it is not valid.
    """
    text = request.headers.get(IDEMPOTENCY_KEY, "")
    if _KEY.fullmatch(text) is None:
        raise invalid(f"{IDEMPOTENCY_KEY}: a header of 1 to 64 of A-Z a-z 0-9 - _ is needed")
    return text


@dataclass(frozen=True, slots=True)
class Call:
    """One request, checked: its sender may do this, body and query have the route's types."""

    request: web.Request
    services: Services
    body: Any
    query: Any
    principal: Principal | None

    @property
    def caller(self) -> Principal:
        """The sender of a route that is not public."""
        assert self.principal is not None, "the route is public"
        return self.principal

    @property
    def account_id(self) -> int:
        """The sender's trading account."""
        return self.caller.account_id

    @property
    def ip(self) -> str:
        """The address the request came from."""
        return self.request.remote or "unknown"

    @property
    def order_id(self) -> int:
        """The order in the path; not a number is malformed, one no order can have is not there."""
        return self._path_id("order_id", unknown_order())

    @property
    def list_id(self) -> int:
        """The order list in the path, as ``order_id``."""
        return self._path_id("list_id", unknown_list())

    @property
    def withdrawal_id(self) -> int:
        """The withdrawal in the path, as ``order_id``."""
        return self._path_id("withdrawal_id", ApiError(404, "NOT_FOUND", "no such withdrawal"))

    @property
    def second_factor_code(self) -> str | None:
        """The code that came along, None if there is none.

        Raises:
            ApiError: it cannot be one.
        """
        text = self.request.headers.get(CODE_HEADER)
        if text is not None and not (text.isascii() and 0 < len(text) <= CODE_CHARS_MAX):
            raise invalid(f"{CODE_HEADER}: not a code")
        return text

    @property
    def symbol(self) -> str:
        """The instrument in the path, as it was written."""
        return self.request.match_info["symbol"]

    @property
    def idempotency_key(self) -> str:
        """The key under which this request is the same as an earlier one.

        Raises:
            ApiError: there is none, or it is not valid.
        """
        return idempotency_key(self.request)

    def path_number(self, name: str, not_there: str) -> int:
        """Return another number of the path, as ``order_id``; ``not_there``: what a 404 says."""
        return self._path_id(name, ApiError(404, "NOT_FOUND", not_there))

    @property
    def sub_account_id(self) -> int:
        """The account in the path, as ``order_id``."""
        return self._path_id("account_id", no_such_account())

    def _path_id(self, name: str, not_there: ApiError) -> int:
        text = self.request.match_info[name]
        if not (text.isascii() and text.isdigit()):
            raise invalid(f"{name} is a number")
        if len(text) > 16 or not 0 < int(text) <= JSON_ID_MAX:
            raise not_there
        return int(text)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with a cookie set; ``cookie`` "" deletes it."""

    value: Any
    cookie: str | None = None
    cookie_max_age_s: int = 0


_OPERATED: Final = frozenset({Access.SUPPORT, Access.ADMIN})
Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route: what registers the handler also describes it in the OpenAPI document.

    ``answer`` None means an empty body. ``may_be_unknown``: 202 when an order's fate is not known.
    """

    method: str
    path: str
    """Below the prefix, parameters in braces."""
    handler: Handler
    tag: str
    summary: str
    answer: Any = None
    access: Access
    status: int = 200
    body: Any = None
    query: Any = None
    limit: Limit = Limit.NONE
    weight: int = 1
    """As how many requests it counts: those that read the book of record, or much, are heavier."""
    may_be_unknown: bool = False
    second_factor: bool = False
    """A person who has a second factor sends a code of it along, in a header; see ``is_act``."""
    media: tuple[str, ...] = ()
    """What it answers with instead of JSON, as media types; its handler returns the response."""
    is_idempotent: bool = False
    """It needs an Idempotency-Key header: the same key is the same request."""
    is_copied: bool = False
    """Also a key may call it that an operator let see this account's fills."""

    @property
    def is_act(self) -> bool:
        """Whether an operator changes something by it: then a second factor must be set up, and
        have been shown lately; with ``second_factor``: now.
        """
        return self.access in _OPERATED and self.method != "GET"
