"""The engine of these tests decides by either twin's session rules."""

import pytest

from transport.server_session import load_server_sessions


@pytest.fixture(autouse=True, params=["reference", "compiled"])
def twin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs with both."""
    sessions = load_server_sessions(request.param == "reference")
    monkeypatch.setattr("tests.model_engine.ServerSessions", sessions)
