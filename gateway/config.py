"""The gateway's configuration; the only reader of its environment."""

from pathlib import Path

from pydantic import Field, field_validator

from gateway.order_level import OrderLevelReaders
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
    gateway_static_dir: Path = Path("frontend/dist")
    gateway_order_level_accounts: str = ""
    """Who may read books order by order: account ids with commas between; ``*``: every account."""
    gateway_requests_per_ip: str = "5000/second"
    gateway_credentials_per_ip: str = "60/minute"
    gateway_orders_per_account: str = "5000/second"
    gateway_sockets_per_ip: str = "600/minute"
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
