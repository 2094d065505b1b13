"""Market data's configuration."""

from pydantic import Field

from service.config import EngineKeyConfig


class Config(EngineKeyConfig):
    """Environment of the market-data process."""

    database_url: str = Field(validation_alias="DATABASE_URL")
    service_secret: str = Field(min_length=32, repr=False)
    market_data_port: int = 3002
    engine_host: str = "127.0.0.1"
    engine_udp_port: int = 9100
    engine_tcp_port: int = 9101
    trades_kept_days: int = Field(default=0, ge=0)
    """Trades older than this are dropped, a month at a time; 0: none ever."""
    seconds_kept_days: int = Field(default=0, ge=0)
    """The same for one-second candles; longer ones stay. At least the ticker's day is kept."""
