"""Both twins on millions of random commands: ``python -m tests.property.agree --commands N``.

The commands come in episodes, each on a fresh venue, of a size, with bounds and a seed of its own
drawn from ``--seed`` and the episode's number: any one runs again with ``--episode``. ``--shard
1/2`` and ``2/2`` in two processes do the work of one. Every answer is compared byte for byte and
held to the invariants, whole states now and then. On a difference: the commands up to it, made as
few as possible, and exit code 1.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from random import Random
from typing import Final

from engine_core import core_type
from engine_core.contract import Core
from risk.reference import RiskError
from schemas.codec import decode_command, decode_events, decode_outcomes
from schemas.errors import Malformed, WireError
from tests.property.invariants import Invariants
from tests.property.random_commands import RandomCommands
from tests.property.random_venue import CROWDED, LARGE, NERVOUS, SMALL, Venue
from tests.property.shrinking import shrunk

EPISODE_COMMANDS: Final = 20_000
STATE_EVERY: Final = 2_500
"""Commands between two comparisons of whole states."""
LOOK_EVERY: Final = {False: 8, True: 80}
"""Commands between two looks at the open orders; in a crowd there are thousands."""
SHRINK_S: Final = 300.0

FAULTS: Final = (
    AssertionError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
    WireError,
    RiskError,
)
"""What a wrong twin may raise: that is a difference, too."""

Command = tuple[bytes, int]
"""96 bytes, log time in ns."""
Twin = Callable[..., Core]


class Difference(Exception):
    """The twins disagree, or an invariant does not hold, after the last of ``commands``."""

    def __init__(self, what: str, commands: list[Command]) -> None:
        super().__init__(what)
        self.commands = commands


@dataclass(frozen=True)
class Episode:
    """What one stretch of commands runs on."""

    seed: int
    venue: Venue
    bounds: dict[str, int]

    @classmethod
    def drawn(cls, seed: int, number: int) -> "Episode":
        """Return episode ``number`` of a run."""
        random = Random(f"{seed} {number}")
        bounds: dict[str, int] = {}
        if random.randrange(3) == 0:
            bounds["events_per_command_max"] = random.choice((4, 5, 12, 300))
        if random.randrange(3) == 0:
            bounds["dedupe_keys_max"] = random.choice((1, 45, 300, 5_000))
        venue = random.choice((SMALL, NERVOUS, CROWDED, LARGE, LARGE))
        return cls(random.randrange(2**32), venue, bounds)

    def __str__(self) -> str:
        named = {"small": SMALL, "nervous": NERVOUS, "crowded": CROWDED, "large": LARGE}
        (name,) = (name for name, venue in named.items() if venue is self.venue)
        return f"{name} venue, bounds {self.bounds or 'as built'}"


class Pair:
    """Both twins, fed the same."""

    def __init__(self, episode: Episode, twins: tuple[Twin, Twin]) -> None:
        self.reference, self.compiled = (twin(**episode.bounds) for twin in twins)
        self._instruments = episode.venue.instruments
        self._invariants = Invariants(episode.venue.instruments)

    def apply(self, command: Command) -> None:
        """Execute one command on both.

        Raises:
            AssertionError: they answer differently, or against the invariants.
        """
        expected = self.reference.apply(*command)
        said = self.compiled.apply(*command)
        if said != expected:
            assert decode_events(said[0]) == decode_events(expected[0])
            assert decode_outcomes(said[1]) == decode_outcomes(expected[1])
            assert said == expected
        self._invariants.read(*said)

    def check(self) -> None:
        """Compare whole states.

        Raises:
            AssertionError: they differ, or against the invariants.
        """
        one, other = self.reference, self.compiled
        assert other.orders() == one.orders()
        assert other.balances() == one.balances()
        for terms in self._instruments:
            assert other.depth(terms.instrument_id, 9) == one.depth(terms.instrument_id, 9)
        assert other.next_order_id == one.next_order_id
        assert other.next_deadline_ns == one.next_deadline_ns
        assert other.state_hash() == one.state_hash()
        self._invariants.check(other)


def twins() -> tuple[Twin, Twin]:
    """Return the reference and the compiled twin."""
    return core_type("reference"), core_type("compiled")


def run_episode(episode: Episode, count: int, of: tuple[Twin, Twin]) -> None:
    """Execute ``count`` commands on both twins.

    Raises:
        Difference: with all commands so far.
    """
    pair, commands = Pair(episode, of), RandomCommands(episode.seed, episode.venue)
    look_every = LOOK_EVERY[episode.venue.crowd]
    done: list[Command] = []
    for command in chain(commands.setup(), islice(commands, count)):
        done.append(command)
        try:
            pair.apply(command)
            if len(done) % STATE_EVERY == 0:
                pair.check()
        except FAULTS as error:
            raise Difference(f"{type(error).__name__}: {error}", done) from error
        if len(done) % look_every == 0:
            commands.look_at(pair.compiled)
    try:
        pair.check()
    except AssertionError as error:
        raise Difference(f"the end state: {error}", done) from error


def differs(episode: Episode, commands: list[Command], of: tuple[Twin, Twin]) -> bool:
    """Return whether ``commands`` alone bring about a difference."""
    pair = Pair(episode, of)
    try:
        for command in commands:
            pair.apply(command)
        pair.check()
    except FAULTS:
        return True
    return False


def told(difference: Difference, episode: Episode, of: tuple[Twin, Twin]) -> Iterator[str]:
    """Yield lines that say what differs, and the fewest commands found that bring it about."""
    yield str(difference)
    until_s = time.monotonic() + SHRINK_S
    fewest = shrunk(
        difference.commands,
        lambda commands: differs(episode, commands, of),
        go_on=lambda: time.monotonic() < until_s,
    )
    yield f"{len(fewest)} of {len(difference.commands)} commands are enough ({episode}):"
    for data, ts_ns in fewest:
        try:
            yield f"  {ts_ns} {decode_command(data)}"
        except Malformed:
            yield f"  {ts_ns} {data.hex()}"


def run(seed: int, count: int, numbers: list[int], of: tuple[Twin, Twin]) -> int:
    """Run the numbered episodes of a run over ``count`` commands; return the exit code."""
    started_s, done = time.monotonic(), 0
    for place, number in enumerate(numbers, start=1):
        episode = Episode.drawn(seed, number)
        commands = min(EPISODE_COMMANDS, max(1, count - number * EPISODE_COMMANDS))
        try:
            run_episode(episode, commands, of)
        except Difference as difference:
            print(f"--seed {seed} --episode {number}", file=sys.stderr)
            for line in told(difference, episode, of):
                print(line)
            return 1
        done += commands
        took_s = time.monotonic() - started_s
        left_s = took_s / place * (len(numbers) - place)
        progress = f"episode {number} ({place}/{len(numbers)}), {done:,} commands"
        print(f"{progress}, {done / took_s:,.0f}/s, {left_s:,.0f} s to go", file=sys.stderr)
    print(f"both twins agree on {done:,} commands, seed {seed}")
    return 0


def episodes_of(count: int, shard: int, shards: int, first: int) -> list[int]:
    """Return the numbers of a shard's episodes from ``first`` on; ``shard`` counts from 1."""
    episodes = -(-count // EPISODE_COMMANDS)
    return [number for number in range(shard - 1, episodes, shards) if number >= first]


def main(arguments: list[str]) -> int:
    """Parse ``arguments`` and run; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.property.agree", description=__doc__)
    parser.add_argument("--commands", type=int, default=1_000_000, help="of all shards together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shard", default="1/1", help="which part of the episodes: 1/2 or 2/2")
    parser.add_argument("--episode", type=int, help="this one alone")
    parser.add_argument("--from-episode", type=int, default=0, help="go on from there")
    chosen = parser.parse_args(arguments)
    shard, shards = (int(part) for part in chosen.shard.split("/"))
    if not 1 <= shard <= shards or chosen.commands < 1:
        parser.error("--shard is 1/n to n/n, --commands at least 1")
    numbers = episodes_of(chosen.commands, shard, shards, chosen.from_episode)
    if chosen.episode is not None:
        numbers = [chosen.episode]
    return run(chosen.seed, chosen.commands, numbers, twins())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
