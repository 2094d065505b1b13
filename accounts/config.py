"""The configuration of accounts: the only reader of its environment."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from accounts.identity.mail import MailTerms, Tls
from accounts.identity.parts import IdentityTerms
from accounts.wallet.rails import RailNumber
from accounts.wallet.simulated_chain import ChainTerms
from service.config import EngineKeyConfig
from transport.engine_address import EngineAddress, engines_of

KeyHex = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]
Port = Annotated[int, Field(ge=1, le=65_535)]
Percent = Annotated[int, Field(ge=0, le=100)]


class Config(EngineKeyConfig):
    """Ports, keys and addresses. ``accounts_demo`` opens the faucet; ``accounts_unsafe_database``
    is for tests: it accepts a server that may lose commits. ``accounts_rail`` carries withdrawals:
    by an operator's hand, or (in a demo, where it is the usual one) over a simulated chain.
    ``accounts_liabilities_every_s``: how often it publishes what it owes, 0: never by itself.
    ``accounts_verified_email``: what takes a verified address. Without an SMTP host a demo takes
    its mail itself, on ``accounts_mail_catcher_port`` (0: any), and others send none.
    """

    database_url: str = Field(validation_alias="DATABASE_URL", repr=False)
    service_secret: str = Field(min_length=32, repr=False)
    accounts_port: Port = 3001
    accounts_secrets_key: KeyHex = Field(repr=False)
    accounts_demo: bool = False
    accounts_unsafe_database: bool = False
    accounts_liabilities_every_s: Annotated[int, Field(ge=0)] = 86_400
    accounts_verified_email: Literal["nothing", "withdrawals", "login"] = "withdrawals"
    accounts_smtp_host: str = ""
    accounts_smtp_port: Port = 587
    accounts_smtp_user: str = ""
    accounts_smtp_password: str = Field(default="", repr=False)
    accounts_smtp_tls: Tls = "starttls"
    accounts_mail_from: str = "Openbell <no-reply@openbell.local>"
    accounts_mail_catcher_port: Annotated[int, Field(ge=0, le=65_535)] = 0
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

    @model_validator(mode="after")
    def _sends_mail_safely(self) -> Self:
        if self.accounts_smtp_user and self.accounts_smtp_tls == "none":
            raise ValueError("the password of the mail server needs TLS")
        if self.accounts_verified_email == "login" and not (
            self.accounts_smtp_host or self.accounts_demo
        ):
            raise ValueError("nobody could log in without mail: set OPENBELL_ACCOUNTS_SMTP_HOST")
        return self

    @property
    def identity(self) -> IdentityTerms:
        """What is asked of users, and how mail leaves."""
        return IdentityTerms(
            mail=MailTerms(
                self.accounts_smtp_host,
                self.accounts_smtp_port,
                self.accounts_mail_from,
                self.accounts_smtp_user,
                self.accounts_smtp_password,
                self.accounts_smtp_tls,
            ),
            is_demo=self.accounts_demo,
            catcher_port=self.accounts_mail_catcher_port,
            login_needs_verified_email=self.accounts_verified_email == "login",
            withdrawal_needs_verified_email=self.accounts_verified_email != "nothing",
        )

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
    def engines(self) -> tuple[EngineAddress, ...]:
        """Where the engine is, or its replicas are."""
        first = EngineAddress(self.engine_host, self.engine_udp_port, self.engine_tcp_port)
        return engines_of(first, self.engine_replicas)
