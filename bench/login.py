"""Does the time of a refused login tell whether the e-mail has an account?

Logins with a wrong password and logins with an unknown e-mail, drawn at random one after the other
on the real code over an embedded Postgres, and their mean times compared by Welch's t-test. The
same of one-time codes: a wrong code for a user, and for nobody. |t| < 3: nothing to see. Yardstick:
one bare argon2 check with the same parameters.
"""

import argparse
import asyncio
import math
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import fmean, median, variance
from typing import Any, Final

from accounts.database import Pool, open_pool
from accounts.errors import Refusal
from accounts.identity.account_opening import AccountOpening
from accounts.identity.auth import Auth, Device
from accounts.identity.email_codes import EmailCodes
from accounts.identity.email_codes_repository import Purpose, put_code
from accounts.identity.login_limits import LoginLimits
from accounts.identity.passwords import Passwords
from accounts.identity.sealed_secrets import SecretBox
from accounts.identity.second_factor import SecondFactors
from accounts.identity.tokens import SigningKey
from accounts.identity.users_repository import insert_user
from bench.benchmark import Benchmark, Say
from bench.report import Measured, WrongResult
from cli.running.embedded_postgres import EmbeddedPostgres, running
from cli.running.migrations import migrate
from domain.clock import LogClock

SAMPLES: Final = 2_000
QUICK_SAMPLES: Final = 20
USERS: Final = 20
WARM_UPS: Final = 10
ENDLESS: Final = 1 << 30
_DEVICE: Final = Device("bench", "127.0.0.1")
_USEFUL_NS: Final = 3_600 * 10**9


def welch_t(left: list[float], right: list[float]) -> float:
    """Return Welch's t of two samples' means; 0: the same."""
    spread = variance(left) / len(left) + variance(right) / len(right)
    return (fmean(left) - fmean(right)) / math.sqrt(spread) if spread else 0.0


class Door:
    """Logins without the limit on their number, which would end a measurement at the tenth."""

    def __init__(self, pool: Pool) -> None:
        self._pool, self._clock = pool, LogClock()
        self._box = SecretBox("42" * 32)
        endless = LoginLimits(ENDLESS, ENDLESS)
        self._codes = EmailCodes(pool, self._box, None, self._clock, tries=endless)
        unused: Any = None
        self.passwords = Passwords()
        self._auth = Auth(
            pool,
            self.passwords,
            SigningKey.generate(),
            AccountOpening(pool, unused),
            self._codes,
            SecondFactors(pool, self._box, self._clock),
            self._clock,
            limits=endless,
        )

    async def open(self) -> None:
        """Create the users."""
        stored = await self.passwords.hash("the right password")
        async with self._pool.acquire() as connection:
            for number in range(USERS):
                await insert_user(connection, known(number), stored, self._clock.now_ns())

    async def give_code(self, email: str) -> None:
        """Have a code wait at an address, as every address has that asked for one."""
        now_ns = self._clock.now_ns()
        async with self._pool.acquire() as connection:
            given = (email, Purpose.LOGIN, bytes(32), 5, now_ns, now_ns + _USEFUL_NS)
            await put_code(connection, *given)

    async def password_refused_ns(self, email: str) -> int:
        """Return what a refused login takes."""
        return await _refused_ns(lambda: self._auth.login(email, "a wrong password", _DEVICE))

    async def code_refused_ns(self, email: str) -> int:
        """Return what a refused code takes."""
        await self.give_code(email)
        return await _refused_ns(lambda: self._auth.login_with_code(email, "12345678", _DEVICE))


async def _refused_ns(attempt: Callable[[], Awaitable[Any]]) -> int:
    began_ns = time.perf_counter_ns()
    try:
        await attempt()
    except Refusal:
        return time.perf_counter_ns() - began_ns
    raise WrongResult("a login with a wrong password came through")


def known(number: int) -> str:
    """Return the address of a user."""
    return f"somebody{number:03}@example.com"


def unknown(number: int) -> str:
    """Return an address that looks the same and is nobody's."""
    return f"nobody00{number:03}@example.com"


async def _compared(
    took_ns: Callable[[str], Awaitable[int]], samples: int
) -> tuple[list[float], list[float]]:
    """Return times in ms of known and of unknown addresses, ``samples`` each, in random order."""
    draws = random.Random(5)
    order = [True] * samples + [False] * samples
    draws.shuffle(order)
    for number in range(WARM_UPS):
        await took_ns(known(number))
        await took_ns(unknown(number))
    found: dict[bool, list[float]] = {True: [], False: []}
    for is_known in order:
        email = (known if is_known else unknown)(draws.randrange(USERS))
        found[is_known].append(await took_ns(email) / 1e6)
    return found[True], found[False]


async def _measure(url: str, samples: int, say: Say) -> tuple[dict[str, float], float]:
    async with await open_pool(url) as pool:
        door = Door(pool)
        await door.open()
        figures: dict[str, float] = {"login.samples": 2 * samples}
        for name, took_ns in (
            ("", door.password_refused_ns),
            ("code_", door.code_refused_ns),
        ):
            say(f"{samples} refusals of users and {samples} of nobody")
            of_users, of_nobody = await _compared(took_ns, samples)
            figures[f"login.{name}welch_t"] = welch_t(of_users, of_nobody)
            figures[f"login.{name}known_p50_ms"] = median(of_users)
            figures[f"login.{name}unknown_p50_ms"] = median(of_nobody)
        began_s = time.perf_counter()
        await door.passwords.matches("a wrong password", None)
        return figures, (time.perf_counter() - began_s) * 1e3


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Measure both kinds of refusal."""
    samples = QUICK_SAMPLES if options.quick else max(2, options.samples // 2)
    with tempfile.TemporaryDirectory(prefix="openbell-bench-") as directory:
        cluster = EmbeddedPostgres(Path(directory) / "postgres")
        with running(cluster):
            cluster.ensure_database()
            migrate(cluster.url())
            figures, bare_ms = asyncio.run(_measure(cluster.url(), samples, say))
    return Measured(
        figures=figures,
        yardsticks={"argon2_ms": bare_ms},
        twin="python",
        yardstick="argon2_ms",
        notes=(f"`login.samples` refusals of each kind, half of them of users, {USERS} of them.",),
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For the number of samples."""
    parser.add_argument("--samples", type=int, default=SAMPLES, help="refusals of each kind")


BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_arguments, measure)
