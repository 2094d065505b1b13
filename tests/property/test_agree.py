"""A part of the long run of both twins on random commands; and a twin that lies is found out."""

import pytest

from domain.events import EventKind
from engine_core import core_type
from engine_core.contract import Core
from schemas.layouts import EVENT_BYTES
from tests.property.agree import (
    EPISODE_COMMANDS,
    Difference,
    Episode,
    episodes_of,
    main,
    run_episode,
    told,
    twins,
)
from tests.property.random_venue import SMALL
from tests.property.shrinking import shrunk

COMMANDS = 10_000
_QTY_AT = 40


class Liar:
    """The compiled twin, but for a byte of each event of one kind."""

    def __init__(self, core: Core, kind: EventKind) -> None:
        self._core = core
        self._kind = kind

    def apply(self, commands: bytes, ts_ns: int) -> tuple[bytes, bytes]:
        events, outcomes = self._core.apply(commands, ts_ns)
        lies = bytearray(events)
        for at in range(0, len(events), EVENT_BYTES):
            if events[at] == self._kind:
                lies[at + _QTY_AT] ^= 1
        return bytes(lies), outcomes

    def __getattr__(self, name: str) -> object:
        return getattr(self._core, name)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", range(18))
def test_the_twins_agree_and_keep_the_invariants(number: int) -> None:
    run_episode(Episode.drawn(7, number), COMMANDS, twins())


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", [EventKind.TRADE, EventKind.ORDER_REPLACED])
def test_a_lie_is_found_and_told_with_few_commands(kind: EventKind) -> None:
    reference, compiled = core_type("reference"), core_type("compiled")
    of = (reference, lambda **bounds: Liar(compiled(**bounds), kind))
    episode = Episode(5, SMALL, {})
    with pytest.raises(Difference) as found:
        run_episode(episode, COMMANDS, of)  # type: ignore[arg-type]
    what, summary, *commands = told(found.value, episode, of)  # type: ignore[arg-type]
    assert what
    assert summary.endswith("are enough (small venue, bounds as built):")
    assert len(commands) < 45
    assert any("CreateInstrument" in line for line in commands)


def test_shards_share_the_episodes() -> None:
    count = 7 * EPISODE_COMMANDS - 1
    shares = [episodes_of(count, shard, 3, 0) for shard in (1, 2, 3)]
    assert sorted(sum(shares, [])) == list(range(7))
    assert episodes_of(count, 1, 1, 5) == [5, 6]


def test_the_runner_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--commands", "900", "--seed", "3"]) == 0
    said = capsys.readouterr()
    assert said.out == "both twins agree on 900 commands, seed 3\n"
    assert "episode 0 (1/1), 900 commands" in said.err


def test_shrinking_keeps_what_is_needed_in_order() -> None:
    def fails(items: list[int]) -> bool:
        return 13 in items and 77 in items

    assert shrunk(list(range(100)), fails, go_on=lambda: True) == [13, 77]
