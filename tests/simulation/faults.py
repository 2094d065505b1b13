"""What goes wrong, and when: drawn from the seed before the run begins, told as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from random import Random
from typing import TYPE_CHECKING, Final

from tests.simulation.network import LinkFaults
from tests.simulation.options import Options
from tests.simulation.processes import AccountsHost, Host

if TYPE_CHECKING:
    from tests.simulation.world import World

HOSTS: Final = ("engine", "gateway-1", "gateway-2", "accounts", "bank")
Fault = tuple[float, str, Callable[[], None]]
"""When, what in words, how."""


class Faults:
    """Those of one run."""

    def __init__(self, world: World, options: Options, random: Random) -> None:
        self._world = world
        self._options = options
        self._random = random

    def begin(self) -> None:
        """Let the network and the database do their worst, and what is drawn happen in time."""
        options, world = self._options, self._world
        world.network.faults = LinkFaults(
            loss=options.loss,
            duplicate=options.duplicate,
            damage=options.damage,
            late=options.late,
            late_s=options.late_s,
            replay=options.replay,
            delay_s=options.delay_s,
        )
        world.database.break_share = options.database_breaks
        world.database.unsaid_share = options.database_unsaid
        for at_s, what, happen in sorted(self._drawn(), key=lambda fault: fault[:2]):
            world.loop.outside_at(world.loop.time() + at_s, self._happen, what, happen)

    def heal(self) -> None:
        """Let everything be well from here on."""
        world = self._world
        world.network.faults = LinkFaults(delay_s=self._options.delay_s)
        world.network.blocked.clear()
        world.database.break_share = world.database.unsaid_share = 0.0
        world.database.is_away = False
        world.host_disk.room_bytes, world.host_disk.fails_next_sync = None, False
        world.host_disk.operations_left = None
        world.healed = True
        for host in world.hosts:
            host.process.stalled_until_s = min(host.process.stalled_until_s, world.loop.time())
            host.start()
        world.say("everything is healed")

    def _happen(self, what: str, happen: Callable[[], None]) -> None:
        if not self._world.healed:
            self._world.say(f"fault: {what}")
            self._world.fault_count += 1
            happen()

    def _drawn(self) -> Iterator[Fault]:
        options, world = self._options, self._world
        yield from self._of(options.partitions, self._partition)
        yield from self._of(options.pauses, self._pause)
        yield from self._of(options.engine_kills, lambda: self._engine_death(power=False))
        yield from self._of(options.engine_power_cuts, lambda: self._engine_death(power=True))
        yield from self._of(options.engine_stops, lambda: ("the engine is told to stop",
                                                          world.stop_engine))  # fmt: skip
        yield from self._of(options.gateway_kills, self._gateway_kill)
        yield from self._of(options.accounts_kills, lambda: ("accounts is killed",
                                                            world.accounts.end))  # fmt: skip
        yield from self._of(options.sync_errors, lambda: ("the next sync fails", self._fail_sync))
        yield from self._of(options.full_disks, self._full_disk)
        yield from self._of(options.disk_losses, lambda: ("the engine's disk is lost",
                                                         world.lose_disk))  # fmt: skip
        yield from self._of(int(options.misdirected), lambda: ("writes went astray before a power "
                                                               "cut", world.misdirect))  # fmt: skip
        yield from self._of(options.clock_jumps, self._clock_jump)
        yield from self._of(options.snapshots, lambda: ("a snapshot is made",
                                                       world.make_snapshot))  # fmt: skip
        yield from self._of(options.database_stops, self._database_stop)
        yield from self._of(options.second_settlers, self._second_settler)

    def _of(
        self, count: int, draw: Callable[[], tuple[str, Callable[[], None]]]
    ) -> Iterator[Fault]:
        for _ in range(count):
            what, happen = draw()
            yield self._random.random() * self._options.faulty_s, what, happen

    # ---- one of each ---------------------------------------------------------------------------

    def _later(self, most_s: float, undo: Callable[[], None]) -> None:
        self._world.loop.outside_later(self._random.random() * most_s, undo)

    def _partition(self) -> tuple[str, Callable[[], None]]:
        one, other = self._random.sample(HOSTS, 2)
        if self._random.random() < 0.7:
            one = "engine" if other != "engine" else one
        links = {(one, other)}
        if self._random.random() < 0.5:
            links.add((other, one))
        blocked = self._world.network.blocked

        def block() -> None:
            blocked.update(links)
            self._later(5.0, lambda: blocked.difference_update(links))

        way = "nothing passes between" if len(links) == 2 else "nothing passes from"
        return f"{way} {one} and {other}", block

    def _pause(self) -> tuple[str, Callable[[], None]]:
        host = self._random.choice(self._world.hosts)
        seconds = self._random.random() * 4.0
        return f"{host.name} pauses {seconds:.2f} s", lambda: host.process.stall(seconds)

    def _engine_death(self, *, power: bool) -> tuple[str, Callable[[], None]]:
        world, after = self._world, self._random.randrange(12)

        def die() -> None:
            if power:
                world.cut_power()
            else:
                world.engine.end()

        def happen() -> None:
            world.host_disk.dies = die
            if after:
                world.host_disk.operations_left = after
            else:
                die()

        how = "loses power" if power else "is killed"
        return f"the engine {how}, {after} operations from now", happen

    def _gateway_kill(self) -> tuple[str, Callable[[], None]]:
        host = self._random.choice(self._world.gateways)
        return f"{host.name} is killed", host.end

    def _fail_sync(self) -> None:
        self._world.host_disk.fails_next_sync = True

    def _full_disk(self) -> tuple[str, Callable[[], None]]:
        disk, room_bytes = self._world.host_disk, self._random.randrange(200_000)

        def fill() -> None:
            disk.room_bytes = room_bytes
            self._later(1.5, lambda: setattr(disk, "room_bytes", None))

        return f"the engine's disk has {room_bytes} bytes left", fill

    def _clock_jump(self) -> tuple[str, Callable[[], None]]:
        clock = self._world.outside.time.wall_ahead_ns
        seconds = self._random.choice((-7_200, -2, -1, 1, 2, 9 * 86_400))

        def jump() -> None:
            clock["engine"] = clock.get("engine", 0) + seconds * 1_000_000_000

        return f"the engine's wall clock jumps {seconds} s", jump

    def _database_stop(self) -> tuple[str, Callable[[], None]]:
        database = self._world.database

        def stop() -> None:
            database.stop()
            self._later(1.5, lambda: setattr(database, "is_away", False))

        return "PostgreSQL stops at once", stop

    def _second_settler(self) -> tuple[str, Callable[[], None]]:
        world = self._world

        def begin() -> None:
            second = AccountsHost(world.loop, "accounts", world.on_fault)
            second.start()
            world.seconds.append(second)
            self._later(8.0, lambda: _end_for_good(second))

        return "a second settlement runs", begin


def _end_for_good(host: Host) -> None:
    host.wanted = False
    host.process.end()


async def until(condition: Callable[[], bool], within_s: float) -> bool:
    """Return True once ``condition`` holds, False if it does not in time."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + within_s
    while not condition():
        if loop.time() >= end_s:
            return False
        await asyncio.sleep(0.02)
    return True
