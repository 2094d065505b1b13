"""The configuration of accounts: the only reader of its environment."""

from typing import Annotated

from pydantic import Field, StringConstraints

from service.config import EngineKeyConfig
from transport.engine_address import EngineAddress

KeyHex = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]
Port = Annotated[int, Field(ge=1, le=65_535)]


class Config(EngineKeyConfig):
    """Ports, keys and addresses. ``accounts_demo`` opens the faucet; ``accounts_unsafe_database``
    is for tests: it accepts a server that may lose commits.
    """

    database_url: str = Field(validation_alias="DATABASE_URL", repr=False)
    service_secret: str = Field(min_length=32, repr=False)
    accounts_port: Port = 3001
    accounts_secrets_key: KeyHex = Field(repr=False)
    accounts_demo: bool = False
    accounts_unsafe_database: bool = False
    engine_host: str = "127.0.0.1"
    engine_udp_port: Port = 9100
    engine_tcp_port: Port = 9101

    @property
    def engine_address(self) -> EngineAddress:
        """Where the engine is."""
        return EngineAddress(self.engine_host, self.engine_udp_port, self.engine_tcp_port)
