"""Identity in this process: a real database, a real mail server, a clock moved by hand."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pyotp
import pytest

from accounts.database import POOL_CONNECTIONS_MAX, Pool, open_pool
from accounts.errors import Refusal, RefusalCode
from accounts.identity.account_opening import AccountOpening
from accounts.identity.auth import Challenge, Device, SignedIn
from accounts.identity.email_codes_repository import Purpose
from accounts.identity.mail import Letter, MailTerms
from accounts.identity.parts import Identity, IdentityTerms, identity
from accounts.identity.sealed_secrets import SecretBox
from accounts.identity.signing_keys_repository import signing_key
from domain.clock import ManualClock
from domain.units import NS_PER_S

PASSWORD = "correct horse"
START_NS = 1_800_000_000 * NS_PER_S
DEMO = IdentityTerms(MailTerms("", 587, "Openbell <no-reply@openbell.local>"), is_demo=True)
PATIENCE_S = 20
SUBJECTS = {Purpose.VERIFY: "confirm", Purpose.LOGIN: "log in", Purpose.RESET: "new password"}


class OpenedAtOnce(AccountOpening):
    """There is no engine here: every account is open."""

    async def opened(self, account_id: int, timeout_s: int) -> bool:
        return True


@dataclass(slots=True)
class IdentityRig:
    """Everything that decides who comes in."""

    pool: Pool
    box: SecretBox
    clock: ManualClock
    parts: Identity
    asked: int = field(default=0)

    async def sign_up(self, email: str) -> int:
        """Create a user; return its id."""
        user_id, _ = await self.parts.auth.sign_up(email, PASSWORD, email_verified=True)
        return user_id

    async def login(
        self, email: str, password: str = PASSWORD, ip: str = "10.0.0.1"
    ) -> SignedIn | Challenge:
        """Log in with a password."""
        return await self.parts.auth.login(email, password, Device("a browser", ip))

    async def session(self, email: str) -> SignedIn:
        """Log in where no second factor is needed."""
        signed_in = await self.login(email)
        assert isinstance(signed_in, SignedIn)
        return signed_in

    async def code(self, email: str, purpose: Purpose) -> str:
        """Have a code sent and read the mail."""
        before = len(self._letters(email, SUBJECTS[purpose]))
        self.asked += 1
        self.parts.codes.request(email, purpose, f"10.1.0.{self.asked}")
        text = await self.mail_came(email, before, SUBJECTS[purpose])
        found = re.search(r"^(\d{4} \d{4})$", text, re.MULTILINE)
        assert found is not None
        return found[1]

    async def mail_came(self, email: str, before: int = 0, subject: str = "") -> str:
        """Return the newest mail to an address once there are more than ``before``."""
        async with asyncio.timeout(PATIENCE_S):
            while len(letters := self._letters(email, subject)) == before:
                await asyncio.sleep(0.01)
        return letters[0].text

    def _letters(self, email: str, subject: str) -> list[Letter]:
        assert self.parts.catcher is not None
        return [one for one in self.parts.catcher.letters(email) if subject in one.subject]

    async def rows_of(self, email: str) -> int:
        """Return how many codes an address has."""
        async with self.pool.acquire() as connection:
            counted = "SELECT count(*) FROM accounts.email_codes WHERE email = $1"
            return int(await connection.fetchval(counted, email))

    async def enrolled(self, user_id: int, email: str) -> tuple[pyotp.TOTP, list[str]]:
        """Put a second factor in force; return the app and the recovery codes."""
        enrolment = await self.parts.own.begin_second_factor(user_id, PASSWORD, "10.0.0.1")
        app = pyotp.parse_uri(enrolment.uri)
        assert isinstance(app, pyotp.TOTP) and app.name == email
        codes = await self.parts.second_factors.confirm(user_id, self.shown(app), "10.0.0.1")
        return app, codes

    async def connect(self) -> None:
        """Open every connection there may be: what races must not wait for one."""

        async def hold() -> None:
            async with self.pool.acquire() as connection:
                await connection.fetchval("SELECT 1")
                await everybody.wait()

        everybody = asyncio.Barrier(POOL_CONNECTIONS_MAX)
        await asyncio.gather(*(hold() for _ in range(POOL_CONNECTIONS_MAX)))

    def shown(self, app: pyotp.TOTP, steps: int = 0) -> str:
        """Return what an app shows now, or some steps of 30 s away."""
        return app.generate_otp(self.clock.now_ns() // NS_PER_S // 30 + steps)

    def pass_s(self, seconds: int) -> None:
        """Let time pass."""
        self.clock.advance(seconds * NS_PER_S)


@asynccontextmanager
async def running_identity(
    database_url: str, terms: IdentityTerms = DEMO, **changed: Any
) -> AsyncIterator[IdentityRig]:
    """Hold identity for the length of the block; ``changed``: terms."""
    box, clock = SecretBox("42" * 32), ManualClock(START_NS)
    async with await open_pool(database_url) as pool:
        async with pool.acquire() as connection:
            key = await signing_key(connection, box, clock.now_ns())
        opening: Any = OpenedAtOnce(pool, None)  # type: ignore[arg-type]
        async with identity(replace(terms, **changed), pool, box, key, opening, clock) as parts:
            sending = asyncio.create_task(parts.codes.run())
            try:
                yield IdentityRig(pool, box, clock, parts)
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)


@asynccontextmanager
async def refused(code: RefusalCode) -> AsyncIterator[None]:
    """What is done in the block is refused with ``code``."""
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.value.code is code
