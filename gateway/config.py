"""The gateway's configuration; the only reader of its environment."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from gateway.access.order_level import OrderLevelReaders
from service.config import EngineKeyConfig


class GatewayConfig(EngineKeyConfig):
    """Where the other processes are, the shared secrets and the limits."""

    engine_host: str = "127.0.0.1"
    engine_udp_port: int = Field(default=9100, ge=1, le=65_535)
    engine_tcp_port: int = Field(default=9101, ge=1, le=65_535)
    service_secret: str = Field(min_length=32, repr=False)
    accounts_url: str = "http://127.0.0.1:3001"
    market_data_url: str = "http://127.0.0.1:3002"
    gateway_port: int = Field(default=3000, ge=0, le=65_535)
    bots_url: str = "http://127.0.0.1:3003"
    bot_control_secret: str = Field(default="", repr=False)
    """Of calls to the bots; without it this exchange has none to control."""
    gateway_bot_control: Literal["admin", "login"] = "admin"
    """Who may start, stop and set bots: administrators, or, in a demo, whoever has logged in."""
    gateway_workers: int = Field(default=1, ge=1, le=16)
    """How many gateways serve the port together."""
    gateway_worker: int = Field(default=1, ge=1, le=16)
    """Which of them this is; the first keeps the listen keys."""
    gateway_own_port: int | None = Field(default=None, ge=1, le=65_535)
    """On loopback, for this one alone; needed where there are several."""
    gateway_first_url: str = ""
    """Where the first one's own port is."""
    gateway_watched: dict[str, str] = {}
    """A JSON object: the exchange's other processes and where their metrics are."""
    gateway_static_dir: Path = Path("frontend/dist")
    gateway_order_level_accounts: str = ""
    """Who may read books order by order: account ids with commas between; ``*``: every account."""
    gateway_requests_per_ip: str = "5000/second"
    gateway_credentials_per_ip: str = "60/minute"
    gateway_requests_per_account: str = "5000/second"
    gateway_requests_per_key: str = "5000/second"
    gateway_orders_per_account: str = "5000/second"
    gateway_sockets_per_ip: str = "600/minute"
    gateway_sockets_open_per_ip: int = Field(default=1_000, ge=1)
    gateway_connections_per_ip: int = Field(default=1_500, ge=1)
    gateway_origins: frozenset[str] = frozenset()
    """A JSON list: of which other origins pages may call, such as ``["https://example.com"]``."""
    gateway_proxies: frozenset[str] = frozenset()
    """A JSON list: addresses whose X-Forwarded-For and -Proto are believed."""
    gateway_binance_weight_per_minute: int = Field(default=6_000, ge=1)
    gateway_binance_orders_per_10_s: int = Field(default=100, ge=1)
    gateway_binance_orders_per_day: int = Field(default=200_000, ge=1)
    gateway_binance_listen_keys: bool = True
    """Off: REST listen keys are answered 410 Gone."""

    @field_validator("gateway_order_level_accounts")
    @classmethod
    def _names_accounts(cls, text: str) -> str:
        OrderLevelReaders.parse(text)
        return text

    @model_validator(mode="after")
    def _several_find_each_other(self) -> Self:
        if self.gateway_worker > self.gateway_workers:
            raise ValueError("gateway_worker is at most gateway_workers")
        if self.gateway_workers > 1 and (
            self.gateway_own_port is None or not self.gateway_first_url
        ):
            raise ValueError("several gateways need gateway_own_port and gateway_first_url")
        return self
