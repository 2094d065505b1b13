"""A process ends cleanly, or with one clear line; the first part that fails ends the others."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
import structlog

from service.config import ServiceConfig
from service.errors import PortInUse
from service.process import run_process, run_until


class _Config(ServiceConfig):
    engine_key: str


def _run(run_parts: Any, *, cannot_run: tuple[type[Exception], ...] = ()) -> None:
    def run_loop(main: Coroutine[Any, Any, None]) -> None:
        asyncio.run(main)

    run_process("x", _Config, run_parts, run_loop, cannot_run=cannot_run)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A process sends its logs to its own standard output, which here ends with the test."""
    before, handlers = structlog.get_config(), logging.root.handlers[:]
    yield
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()
    logging.root.handlers[:] = handlers


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBELL_ENGINE_KEY", "k")


def test_a_missing_variable_is_named_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBELL_ENGINE_KEY")
    with pytest.raises(SystemExit, match="x: OPENBELL_ENGINE_KEY: field required"):
        _run(None)


@pytest.mark.parametrize("fault", [PortInUse("port 1 is in use"), KeyError("port 1 is in use")])
def test_a_known_fault_is_one_line_and_an_unknown_one_a_traceback(
    fault: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    async def run(_: _Config) -> None:
        raise fault

    with pytest.raises(SystemExit) as end:
        _run(run)
    assert end.value.code == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 and "port 1 is in use" in lines[0]
    assert ("Traceback" in lines[0]) is isinstance(fault, KeyError)


async def test_the_first_part_that_fails_ends_the_others_and_is_raised() -> None:
    cancelled = asyncio.Event()

    async def lasting() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def failing() -> None:
        raise PortInUse("gone")

    with pytest.raises(PortInUse):
        await run_until(asyncio.Event(), [lasting(), failing()])
    assert cancelled.is_set()


async def test_a_stop_ends_all_parts_without_an_error() -> None:
    stop = asyncio.Event()

    async def part() -> None:
        stop.set()
        await asyncio.Event().wait()

    await run_until(stop, [part()])
