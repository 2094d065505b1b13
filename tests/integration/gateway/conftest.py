"""A running gateway for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.web_ui import WebUi
from tests.integration.gateway.rig import Rig, running_rig


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running_rig(WebUi(tmp_path / "dist")) as running:
        yield running
