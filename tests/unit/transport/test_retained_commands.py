"""The rings that answer retransmissions."""

import random

import pytest

from transport import _server_session, retained_commands

Rings = type[retained_commands.RetainedCommands] | type[_server_session.RetainedCommands]
TWINS = pytest.mark.parametrize(
    "retained_type",
    [
        pytest.param(retained_commands.RetainedCommands, id="reference"),
        pytest.param(_server_session.RetainedCommands, id="compiled"),
    ],
)


def command(seq: int) -> bytes:
    return seq.to_bytes(96, "little")


def outcome(seq: int) -> bytes:
    return seq.to_bytes(24, "little")


@TWINS
def test_the_last_ones_are_kept_whatever_the_batches_were(retained_type: Rings) -> None:
    source = random.Random(1)
    retained = retained_type(10)
    last = 0
    for _ in range(200):
        count = source.randint(1, 13)
        seqs = range(last + 1, last + count + 1)
        retained.keep_commands(seqs[0], b"".join(map(command, seqs)))
        retained.keep_outcomes(seqs[0], b"".join(map(outcome, seqs)))
        last += count
        oldest = max(1, last - 9)
        for first in range(oldest, last + 1):
            upto = source.randint(first, last)
            assert retained.outcomes(first, upto) == b"".join(map(outcome, range(first, upto + 1)))
            assert retained.same_commands(first, b"".join(map(command, range(first, upto + 1))))


@TWINS
def test_one_different_byte_is_another_command(retained_type: Rings) -> None:
    retained = retained_type(4)
    retained.keep_commands(7, command(7) + command(8))
    assert retained.same_commands(7, command(7) + command(8))
    assert not retained.same_commands(7, command(7) + command(9))
    assert not retained.same_commands(8, command(7))
