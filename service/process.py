"""A process's life: configuration, logs, run, stop, and one clear line when it cannot."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from service.config import ConfigType, load_config
from service.errors import BadConfiguration, ServiceError
from service.logging import configure_logging

RunLoop = Callable[[Coroutine[Any, Any, None]], None]
"""What runs a coroutine on a new event loop, such as ``uvloop.run``."""


def run_process(
    name: str,
    config_type: type[ConfigType],
    run: Callable[[ConfigType], Coroutine[Any, Any, None]],
    run_loop: RunLoop,
    *,
    cannot_run: tuple[type[Exception], ...] = (),
) -> None:
    """Run a process to its end; exit 0 after a clean stop, 1 with one clear line otherwise.

    ``cannot_run``: errors that are the environment's fault, told without a traceback.
    """
    try:
        config = load_config(config_type)
    except BadConfiguration as error:
        sys.exit(f"{name}: {error}")
    log = configure_logging(name, config.log_format, config.log_level)
    expected: tuple[type[Exception], ...] = (ServiceError, OSError, *cannot_run)
    try:
        run_loop(run(config))
    except expected as error:
        log.critical("cannot_run", error=f"{error}" or type(error).__name__)
        sys.exit(1)
    except Exception:  # the last line of defence
        log.critical("failed", exc_info=True)
        sys.exit(1)


async def run_until(stop: asyncio.Event, parts: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run ``parts``, which end by themselves only in error, until ``stop``; raise that error."""
    tasks = [asyncio.create_task(part) for part in parts]
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (stopping, *tasks):
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
