"""One operation of this dialect, and what its handler is given; REST and the WS-API share both."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from gateway.access.auth import Principal
from gateway.binance.cancel_ids import CancelIds
from gateway.binance.listen_key_desk import ListenKeyDesk
from gateway.binance.markets import Markets
from gateway.binance.parameters import Parameters
from gateway.binance.weights import Weights
from gateway.services import Services
from gateway.state.account_view import AccountView


class Security(Enum):
    """What a request must prove."""

    NONE = "none"
    KEY = "key"
    """It has a valid key; nothing is signed."""
    READ = "read"
    TRADE = "trade"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the operations of this dialect keep besides the gateway's own parts."""

    services: Services
    markets: Markets
    weights: Weights
    cancel_ids: CancelIds
    listen_keys: ListenKeyDesk


@dataclass(frozen=True, slots=True)
class Call:
    """One request, checked: its sender may do this."""

    dialect: Dialect
    parameters: Parameters
    principal: Principal | None = None
    window_ns: int = 0

    @property
    def services(self) -> Services:
        """The gateway's parts."""
        return self.dialect.services

    @property
    def markets(self) -> Markets:
        """Instruments by symbol."""
        return self.dialect.markets

    @property
    def caller(self) -> Principal:
        """The sender of what is not public."""
        assert self.principal is not None, "the operation is public"
        return self.principal

    @property
    def account_id(self) -> int:
        """The sender's trading account."""
        return self.caller.account_id

    @property
    def account(self) -> AccountView:
        """The sender's account as it is known at this moment."""
        return self.services.feed.projection.account(self.account_id)

    @property
    def now_ms(self) -> int:
        """The time, Unix milliseconds."""
        return self.services.clock.now_ns() // 1_000_000


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What is done, who may ask for it and what it costs. ``weight`` may depend on parameters."""

    handler: Handler
    security: Security = Security.NONE
    weight: int | Callable[[Parameters], int] = 1
    is_order: bool = False
    """It counts as a new order."""

    def weight_of(self, parameters: Parameters) -> int:
        """Return what one request costs."""
        return self.weight if isinstance(self.weight, int) else self.weight(parameters)
