"""The configuration of accounts: the only reader of its environment."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from accounts.wallet.rails import RailNumber
from accounts.wallet.simulated_chain import ChainTerms
from service.config import EngineKeyConfig
from transport.engine_address import EngineAddress

KeyHex = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]
Port = Annotated[int, Field(ge=1, le=65_535)]
Percent = Annotated[int, Field(ge=0, le=100)]


class Config(EngineKeyConfig):
    """Ports, keys and addresses. ``accounts_demo`` opens the faucet; ``accounts_unsafe_database``
    is for tests: it accepts a server that may lose commits. ``accounts_rail`` carries withdrawals:
    by an operator's hand, or (in a demo, where it is the usual one) over a simulated chain.
    ``accounts_liabilities_every_s``: how often it publishes what it owes, 0: never by itself.
    """

    database_url: str = Field(validation_alias="DATABASE_URL", repr=False)
    service_secret: str = Field(min_length=32, repr=False)
    accounts_port: Port = 3001
    accounts_secrets_key: KeyHex = Field(repr=False)
    accounts_demo: bool = False
    accounts_unsafe_database: bool = False
    accounts_liabilities_every_s: Annotated[int, Field(ge=0)] = 86_400
    accounts_rail: Literal["manual", "simulated"] | None = None
    accounts_chain_seed: int = 1
    accounts_chain_block_ms: Annotated[int, Field(ge=1)] = 500
    accounts_chain_failure_percent: Percent = 5
    accounts_chain_lost_answer_percent: Percent = 5
    engine_host: str = "127.0.0.1"
    engine_udp_port: Port = 9100
    engine_tcp_port: Port = 9101

    @model_validator(mode="after")
    def _keeps_play_money_apart(self) -> Self:
        if self.accounts_rail == "simulated" and not self.accounts_demo:
            raise ValueError("a simulated chain carries play money only: it needs ACCOUNTS_DEMO")
        return self

    @property
    def rail(self) -> RailNumber:
        """Which rail withdrawals take."""
        usual = "simulated" if self.accounts_demo else "manual"
        return RailNumber[(self.accounts_rail or usual).upper()]

    @property
    def chain(self) -> ChainTerms:
        """How the simulated chain behaves."""
        return ChainTerms(
            self.accounts_chain_seed,
            self.accounts_chain_block_ms,
            self.accounts_chain_failure_percent,
            self.accounts_chain_lost_answer_percent,
        )

    @property
    def engine_address(self) -> EngineAddress:
        """Where the engine is."""
        return EngineAddress(self.engine_host, self.engine_udp_port, self.engine_tcp_port)
