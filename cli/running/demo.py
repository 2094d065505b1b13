"""The demo content of an exchange, as the last screen and the facts file tell it."""

from __future__ import annotations

import os
from typing import Any

from cli.running.services import Wiring


async def seed_demo(wiring: Wiring) -> dict[str, Any]:
    """Create assets, instruments, users, funds and API keys, or find them; return who may log in.

    The seeding lives in ``cli.running.seed`` and reads the environment, as it does in compose.
    """
    os.environ.update(wiring.tool_environment())
    from cli.running.seed import SeedConfig, seed
    from service.config import load_config

    result = await seed(load_config(SeedConfig))
    return result.as_facts()
