"""One-time codes by e-mail: to show that an address is one's own, to log in, to choose a new
password.

Whether an address belongs to a user is not told: a request is answered before anybody looks, an
address without a user has a code like any other, which is not sent, and a try costs the same.
"""

import asyncio
import hmac
import secrets
import zlib
from dataclasses import dataclass
from typing import Final

import structlog

from accounts.database import DATABASE_ERRORS, Pool
from accounts.errors import Refusal, RefusalCode
from accounts.identity.email_addresses import checked_email
from accounts.identity.email_codes_repository import Purpose, put_code, take_attempt, use_code
from accounts.identity.login_limits import LoginLimits
from accounts.identity.mail import Letter, Mailer
from accounts.identity.sealed_secrets import SecretBox
from accounts.identity.users_repository import user_by_email
from domain.clock import Clock
from domain.units import NS_PER_S

CODE_DIGITS: Final = 8
CODE_S: Final = 600
"""How long a code is good."""
ATTEMPTS_MAX: Final = 5
"""Tries at one code; then it is worth nothing."""
REQUESTS_PER_EMAIL_MAX: Final = 5
REQUESTS_PER_IP_MAX: Final = 30
REQUESTS_WINDOW_S: Final = 3_600
REQUESTS_WAITING_MAX: Final = 1_000
RETRY_AFTER_S: Final = 5
_WORKERS: Final = 4
_WORDS: Final = {
    Purpose.VERIFY: ("Confirm your e-mail address", "confirms that this address is yours"),
    Purpose.LOGIN: ("Your code to log in", "logs you in"),
    Purpose.RESET: ("Your code for a new password", "lets you choose a new password"),
}

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Wanted:
    email: str
    purpose: Purpose


class EmailCodes:
    """Makes, sends and checks codes. Without a ``mailer`` there are none."""

    def __init__(
        self,
        pool: Pool,
        box: SecretBox,
        mailer: Mailer | None,
        clock: Clock,
        tries: LoginLimits | None = None,
    ) -> None:
        self._pool = pool
        self._box = box
        self._mailer = mailer
        self._clock = clock
        self._waiting: list[asyncio.Queue[_Wanted]] = [
            asyncio.Queue(REQUESTS_WAITING_MAX // _WORKERS) for _ in range(_WORKERS)
        ]
        self._requests = LoginLimits(
            REQUESTS_PER_EMAIL_MAX, REQUESTS_PER_IP_MAX, REQUESTS_WINDOW_S, "codes"
        )
        self._tries = tries or LoginLimits(what="wrong codes")

    def request(self, email_text: str, purpose: Purpose, ip: str) -> None:
        """Have a code sent, soon, if the address is a user's.

        Raises:
            Refusal: INVALID_REQUEST, TOO_MANY_ATTEMPTS, BUSY, NO_MAIL.
        """
        email = checked_email(email_text)
        if self._mailer is None:
            raise Refusal(RefusalCode.NO_MAIL, "this venue sends no mail")
        self._requests.attempt(email, ip, self._clock.now_ns())
        try:
            self._queue_of(email).put_nowait(_Wanted(email, purpose))
        except asyncio.QueueFull:
            message = "too many codes are on their way: try again"
            raise Refusal(RefusalCode.BUSY, message, RETRY_AFTER_S) from None

    def greet(self, email: str) -> None:
        """Have a new user's address confirmed; nothing is lost if no code can be sent now."""
        waiting = self._queue_of(email)
        if self._mailer is not None and not waiting.full():
            waiting.put_nowait(_Wanted(email, Purpose.VERIFY))

    async def use(self, email_text: str, purpose: Purpose, code: str, ip: str) -> str:
        """Use a code up; return the address that it shows to be the caller's.

        Raises:
            Refusal: INVALID_CODE, TOO_MANY_ATTEMPTS.
        """
        email, now_ns = checked_email(email_text), self._clock.now_ns()
        self._tries.attempt(email, ip, now_ns)
        digits = code.replace(" ", "").replace("-", "")
        given = self._box.keyed_hash(digits, _owner(email, purpose))
        async with self._pool.acquire() as connection:
            stored = await take_attempt(connection, email, purpose, now_ns)
            if stored is None or not hmac.compare_digest(stored, given):
                raise _invalid()
            if not await use_code(connection, email, purpose, stored):
                raise _invalid()
        self._tries.succeeded(email, ip)
        return email

    async def run(self) -> None:
        """Make and send codes until cancelled."""
        async with asyncio.TaskGroup() as workers:
            for waiting in self._waiting:
                workers.create_task(self._work(waiting))

    def _queue_of(self, email: str) -> asyncio.Queue[_Wanted]:
        """One address, one worker: the newest mail has the code that is good."""
        return self._waiting[zlib.crc32(email.encode()) % _WORKERS]

    async def _work(self, waiting: asyncio.Queue[_Wanted]) -> None:
        while True:
            wanted = await waiting.get()
            try:
                await self._serve(wanted)
            except DATABASE_ERRORS as error:
                _log.error("code_not_sent", error=type(error).__name__)

    async def _serve(self, wanted: _Wanted) -> None:
        now_ns = self._clock.now_ns()
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        async with self._pool.acquire() as connection:
            user = await user_by_email(connection, wanted.email)
            await put_code(
                connection,
                wanted.email,
                wanted.purpose,
                self._box.keyed_hash(code, _owner(wanted.email, wanted.purpose)),
                ATTEMPTS_MAX,
                now_ns,
                now_ns + CODE_S * NS_PER_S,
            )
        if user is not None and self._mailer is not None:
            await self._mailer.send(_letter(wanted, code, now_ns))


def _letter(wanted: _Wanted, code: str, now_ns: int) -> Letter:
    subject, what = _WORDS[wanted.purpose]
    text = (
        f"{code[:4]} {code[4:]}\n\n"
        f"This code {what}. It is good once, for {CODE_S // 60} minutes.\n"
        "If you did not ask for it, ignore this mail, and tell the code to nobody.\n"
    )
    return Letter(wanted.email, f"Openbell: {subject[0].lower()}{subject[1:]}", text, now_ns)


def _invalid() -> Refusal:
    return Refusal(
        RefusalCode.INVALID_CODE, "the code is wrong, used or too old: ask for a new one"
    )


def _owner(email: str, purpose: Purpose) -> str:
    return f"email_code:{purpose}:{email}"
