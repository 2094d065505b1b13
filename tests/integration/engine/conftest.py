"""The engine of these tests: a real process, once for each twin."""

import pytest

from engine_core import CORES
from tests.integration.engine_process import running_engine


@pytest.fixture(params=CORES)
def pure_python(request):
    """Whether the engine runs the reference twin; each test runs with both."""
    return request.param == "reference"


@pytest.fixture
async def engine(tmp_path, pure_python):
    """A running engine on an empty directory."""
    async with running_engine(tmp_path, pure_python=pure_python) as handle:
        yield handle
