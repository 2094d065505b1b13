"""What an operator is told about the wire: once, with what is needed, and never at the attacker's
pace.
"""

import pytest
from structlog.testing import capture_logs

from engine_core import CORES
from engine_service.alarms import QUIET_NS
from schemas import framing, session_layouts
from schemas.framing import Header, MessageType
from schemas.session_layouts import MINOR, Hello
from tests.unit.engine_service.raw_session import RawSession
from tests.unit.engine_service.rig import MASTER_KEY, Rig


@pytest.fixture(params=CORES)
def rig(request, monkeypatch):
    monkeypatch.setattr("tests.unit.engine_service.rig.TWIN", request.param)
    rig = Rig()
    yield rig
    rig.journal.close()


def lines(rig, now_ns, about):
    with capture_logs() as logs:
        rig.server._alarms.check(now_ns)
    return [line for line in logs if line["event"].startswith(about)]


def test_datagrams_that_nobody_vouches_for_are_counted_and_told_at_a_bounded_rate(rig):
    told = []
    for now_ns in range(0, 3 * QUIET_NS, QUIET_NS // 10):
        assert rig.say(bytes(100), bytes(64)) == []
        told += lines(rig, now_ns, "datagrams ignored")
    assert [line["count"] for line in told] == [2, 22, 42]
    assert rig.sessions.counters.not_authentic == 60


def test_a_refused_version_is_told_with_who_and_what_it_speaks(rig):
    hello = session_layouts.encode_hello(Hello(2, 3, MINOR, 44, 0))
    key = RawSession(MASTER_KEY, 5).keys.to_engine
    (reject,) = rig.say(framing.seal(Header(MessageType.HELLO, 5), hello, key))
    (line,) = lines(rig, 0, "a client is refused")
    assert (line["reason"], line["client_id"]) == ("VERSION", 44)
    assert (line["speaks"], line["spoken_here"]) == ("versions 2 to 3", "versions 1 to 1")
    assert lines(rig, QUIET_NS, "a client is refused") == []
    assert reject[5] == MessageType.REJECT


def test_an_engine_that_does_not_lead_any_more_says_so(rig):
    session = rig.welcomed()
    header = Header(MessageType.HEARTBEAT, session.session_id, epoch=2)
    assert rig.say(framing.seal(header, b"", session.keys.to_engine)) == []
    (line,) = lines(rig, 0, "clients were served by a later leader")
    assert line["log_level"] == "error"
