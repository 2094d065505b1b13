"""Market data's configuration."""

from pydantic import Field

from service.config import EngineKeyConfig


class Config(EngineKeyConfig):
    """Environment of the market-data process."""

    database_url: str = Field(validation_alias="DATABASE_URL")
    service_secret: str = Field(min_length=32)
    market_data_port: int = 3002
    engine_host: str = "127.0.0.1"
    engine_udp_port: int = 9100
    engine_tcp_port: int = 9101
