"""A bounded part of `openbell fuzz`, with fixed seeds; and inputs that once went wrong."""

from dataclasses import replace

import pytest

from replay.capture import moved_to
from schemas import siphash
from schemas.codec import decode_command, encode_command
from tests.fuzz.datagram import use_the_fast_hash
from tests.fuzz.targets import TARGETS, fuzz
from tests.integration.engine.venue import order

EXECUTIONS = {
    "datagram": 8_000,
    "codec": 3_000,
    "journal": 2_000,
    "snapshot": 500,
    "capture": 3_000,
    "events": 5_000,
}
assert EXECUTIONS.keys() == TARGETS.keys()


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_breaks_the_invariant(name, monkeypatch):
    monkeypatch.setattr(siphash, "siphash128", siphash.siphash128)  # put back afterwards
    use_the_fast_hash()
    fuzzed = fuzz(name, seed=20_261_120, executions=EXECUTIONS[name])
    assert fuzzed.executions == EXECUTIONS[name]
    assert 0 < fuzzed.accepted < fuzzed.executions


def test_a_captured_request_that_never_ends_still_never_ends_on_another_day():
    last_ns, last_s = (1 << 63) - 1, (1 << 32) - 1
    command = encode_command(replace(order(1), valid_until_ns=last_ns, expire_s=last_s))
    (moved,) = moved_to([(0, command)], 10**18)
    assert decode_command(moved) == replace(order(1), valid_until_ns=last_ns, expire_s=last_s)
