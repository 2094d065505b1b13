"""The parts of identity, wired."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from accounts.database import Pool
from accounts.identity.account_opening import AccountOpening
from accounts.identity.auth import Auth
from accounts.identity.demo_second_factor import DemoSecondFactor
from accounts.identity.email_codes import EmailCodes
from accounts.identity.mail import Mailer, MailTerms
from accounts.identity.mail_catcher import LOOPBACK, MailCatcher
from accounts.identity.operator_proof import OperatorProof
from accounts.identity.own_credentials import OwnCredentials
from accounts.identity.passwords import Passwords
from accounts.identity.sealed_secrets import SecretBox
from accounts.identity.second_factor import SecondFactors
from accounts.identity.tokens import SigningKey
from domain.clock import Clock


@dataclass(frozen=True, slots=True)
class IdentityTerms:
    """What is asked of users. ``mail`` without a host: a demo catches its own, others send none."""

    mail: MailTerms
    is_demo: bool
    catcher_port: int = 0
    login_needs_verified_email: bool = False
    withdrawal_needs_verified_email: bool = True


@dataclass(frozen=True, slots=True)
class Identity:
    """Everything about who a caller is. ``catcher``: the demo's mailbox."""

    auth: Auth
    codes: EmailCodes
    own: OwnCredentials
    second_factors: SecondFactors
    operator_proof: OperatorProof
    catcher: MailCatcher | None
    demo_second_factor: DemoSecondFactor | None
    terms: IdentityTerms


@asynccontextmanager
async def identity(
    terms: IdentityTerms,
    pool: Pool,
    box: SecretBox,
    signing_key: SigningKey,
    opening: AccountOpening,
    clock: Clock,
) -> AsyncIterator[Identity]:
    """Hold the parts for the length of the block, in which a demo's mail server listens."""
    async with AsyncExitStack() as open_:
        mail, catcher = terms.mail, None
        if not mail.host and terms.is_demo:
            catcher = MailCatcher(clock)
            await open_.enter_async_context(catcher.listening(terms.catcher_port))
            mail = replace(mail, host=LOOPBACK, port=catcher.port, user="", tls="none")
        codes = EmailCodes(pool, box, Mailer(mail) if mail.host else None, clock)
        second_factors, passwords = SecondFactors(pool, box, clock), Passwords()
        auth = Auth(
            pool,
            passwords,
            signing_key,
            opening,
            codes,
            second_factors,
            clock,
            needs_verified_email=terms.login_needs_verified_email,
        )
        own = OwnCredentials(pool, passwords, codes, second_factors, clock)
        yield Identity(
            auth,
            codes,
            own,
            second_factors,
            OperatorProof(pool, second_factors, clock),
            catcher,
            DemoSecondFactor(pool, box, clock) if terms.is_demo else None,
            terms,
        )
