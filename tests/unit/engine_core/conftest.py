"""Every market story runs on both twins; a missing build of the compiled one is an error."""

import pytest

from engine_core import CORES, core_type
from engine_core.contract import Core
from tests.unit.engine_core.market import Market


@pytest.fixture(params=CORES, name="core_type")
def fixture_core_type(request: pytest.FixtureRequest) -> type[Core]:
    return core_type(request.param)


@pytest.fixture(name="market")
def fixture_market(core_type: type[Core]) -> Market:
    return Market(core_type)
