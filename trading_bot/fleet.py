"""All bots of this process: each a task of its own, started, stopped and set by name."""

import asyncio
from collections.abc import Callable
from typing import Final
from weakref import WeakValueDictionary

import structlog
from msgspec import structs

from client.rest import OpenbellClient
from domain.clock import Clock
from service.health import Readiness
from trading_bot.bot import BotReport, BotSpec, checked_name
from trading_bot.credentials import Credentials
from trading_bot.errors import BadCredentials, BadParameter, BotError, BotExists, UnknownBot
from trading_bot.fleet_file import FleetFile
from trading_bot.parameters import ParameterRow, changed, described, parameters_of
from trading_bot.runner import Runner
from trading_bot.strategies import strategy_named

BOTS_MAX: Final = 100


class Fleet:
    """``credentials``: by role. ``seed``: the same one draws the same for the same bot."""

    def __init__(
        self,
        gateway_url: str,
        credentials: Callable[[], dict[str, Credentials]],
        start_prices: dict[str, str],
        clock: Clock,
        seed: int,
        readiness: Readiness,
        file: FleetFile,
    ) -> None:
        self._gateway_url = gateway_url
        self._credentials = credentials
        self._start_prices = start_prices
        self._clock = clock
        self._seed = seed
        self._readiness = readiness
        self._file = file
        self._specs: dict[str, BotSpec] = {}
        self._runners: dict[str, Runner] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """Held by whoever controls a bot: a stop takes time, and what comes meanwhile waits."""
        self._unlaunched: dict[str, str] = {}
        """Why a bot that ran before could not be started again."""
        self._log = structlog.get_logger()

    def open(self, otherwise: list[BotSpec]) -> None:
        """Start the bots that ran last, or ``otherwise``. Of those that ran, one that cannot any
        more does not keep the others from it.

        Raises:
            BotError: the file cannot be read, or one of ``otherwise`` cannot be.
        """
        kept = self._file.read()
        for spec in otherwise if kept is None else kept:
            self._specs[spec.name] = spec
            if not spec.running:
                continue
            try:
                self._launch(spec)
            except BotError as error:
                if kept is None:
                    raise
                self._unlaunched[spec.name] = str(error)
                self._log.error("bot_failed", bot=spec.name, error=str(error))

    async def close(self) -> None:
        """Stop all, their orders cancelled; the next start begins with those that ran."""
        await asyncio.gather(*(self._land(name) for name in list(self._tasks)))

    def add(self, spec: BotSpec) -> BotReport:
        """Take a new bot in, and start it if it should run.

        Raises:
            BotError: there is one of that name, or it cannot be.
        """
        checked_name(spec.name)
        if spec.name in self._specs:
            raise BotExists(f"there is a bot {spec.name!r} already")
        if len(self._specs) >= BOTS_MAX:
            raise BadParameter(f"there are at most {BOTS_MAX} bots")
        entry = strategy_named(spec.strategy)
        if len(spec.symbols) < entry.symbols:
            raise BadParameter(f"{spec.strategy} trades {entry.symbols} symbols")
        parameters_of(entry.parameters, spec.parameters)
        self._credentials_of(spec)
        self._specs[spec.name] = spec
        if spec.running:
            self._launch(spec)
        self._keep()
        return self.report(spec.name)

    async def start(self, name: str) -> BotReport:
        """Start a bot that does not run.

        Raises:
            BotError: there is none, or it cannot be made.
        """
        async with self._turn(name):
            spec = self._spec(name)
            if name not in self._tasks:
                self._specs[name] = structs.replace(spec, running=True)
                self._launch(self._specs[name])
                self._keep()
            return self.report(name)

    async def stop(self, name: str) -> BotReport:
        """Stop a bot; its orders are gone when this returns.

        Raises:
            UnknownBot: there is none.
        """
        async with self._turn(name):
            self._specs[name] = structs.replace(self._spec(name), running=False)
            await self._land(name)
            self._keep()
            return self.report(name)

    async def remove(self, name: str) -> None:
        """Stop a bot and forget it. Raises UnknownBot."""
        async with self._turn(name):
            self._spec(name)
            await self._land(name)
            del self._specs[name]
            self._runners.pop(name, None)
            self._unlaunched.pop(name, None)
            self._keep()

    async def change(self, name: str, texts: dict[str, str]) -> BotReport:
        """Set parameters of a bot; if it runs it goes on with them at once.

        Raises:
            BotError: there is none, or they are not its parameters; nothing changed.
            ClientError: the exchange is away.
        """
        async with self._turn(name):
            spec = self._spec(name)
            kind = strategy_named(spec.strategy).parameters
            parameters = changed(parameters_of(kind, spec.parameters), texts)
            if name in self._tasks:
                await self._runners[name].change(parameters)
            elif name in self._runners:
                self._runners[name].parameters = parameters
            self._specs[name] = structs.replace(spec, parameters=spec.parameters | texts)
            self._keep()
            return self.report(name)

    def reports(self) -> list[BotReport]:
        """Return how all do, in the order they came."""
        return [self.report(name) for name in self._specs]

    def report(self, name: str) -> BotReport:
        """Return how one does. Raises UnknownBot."""
        spec = self._spec(name)
        runner = self._runners.get(name)
        if runner is not None:
            return runner.report()
        return self._idle(spec)

    def _idle(self, spec: BotSpec) -> BotReport:
        """Return the report of a bot that has not run."""
        reason, rows, role = self._unlaunched.get(spec.name, ""), list[ParameterRow](), ""
        try:
            entry = strategy_named(spec.strategy)
            role = entry.role
            rows = described(entry.parameters, parameters_of(entry.parameters, spec.parameters))
        except BotError as error:
            reason = str(error)
        return BotReport(
            name=spec.name,
            strategy=spec.strategy,
            symbols=spec.symbols,
            role=spec.role or role,
            state="failed" if reason else "stopped",
            reason=reason,
            parameters=rows,
        )

    def _turn(self, name: str) -> asyncio.Lock:
        """Return what makes calls about one bot wait for each other."""
        return self._turns.setdefault(name, asyncio.Lock())

    def _spec(self, name: str) -> BotSpec:
        if name not in self._specs:
            known = ", ".join(sorted(self._specs)) or "none"
            raise UnknownBot(f"there is no bot {name!r}; there are: {known}")
        return self._specs[name]

    def _credentials_of(self, spec: BotSpec) -> Credentials:
        role = spec.role or strategy_named(spec.strategy).role
        known = self._credentials()
        if role not in known:
            raise BadCredentials(f"no credentials for {role!r}; there are: {', '.join(known)}")
        return known[role]

    def _launch(self, spec: BotSpec) -> None:
        entry, key = strategy_named(spec.strategy), self._credentials_of(spec)
        parameters = parameters_of(entry.parameters, spec.parameters)
        self._unlaunched.pop(spec.name, None)
        client = OpenbellClient(self._gateway_url, api_key=key.api_key, api_secret=key.api_secret)
        runner = Runner(
            client,
            spec,
            entry,
            parameters,
            self._start_prices,
            self._clock,
            self._seed,
            lambda is_away: self._note(spec.name, is_away),
        )
        self._note(spec.name, is_away=True)
        self._runners[spec.name] = runner
        task = asyncio.create_task(_with(client, runner))
        self._tasks[spec.name] = task
        task.add_done_callback(lambda ended: self._ended(spec.name, runner, ended))

    def _note(self, name: str, is_away: bool) -> None:
        """One bot that waits for its instrument keeps no exchange from opening."""
        if is_away:
            self._readiness.lost(name)
        else:
            self._readiness.have(name)

    def _ended(self, name: str, runner: Runner, task: asyncio.Task[None]) -> None:
        """A bot that ends by itself has failed: the others go on."""
        if self._tasks.get(name) is task:
            del self._tasks[name]
        self._readiness.have(name)
        error = None if task.cancelled() else task.exception()
        if error is None:
            runner.state, runner.reason = "stopped", ""
        else:
            runner.state, runner.reason = "failed", f"{type(error).__name__}: {error}"
            self._log.error("bot_failed", bot=name, exc_info=error)

    async def _land(self, name: str) -> None:
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def _keep(self) -> None:
        self._file.write(list(self._specs.values()))


async def _with(client: OpenbellClient, runner: Runner) -> None:
    async with client:
        await runner.run()
