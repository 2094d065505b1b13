"""NATS servers that can be killed, stopped and cut off from each other."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from chaos.errors import ChaosError
from cli.cluster.nats_nodes import NatsNode, NatsNodes, RoutePort, readiness
from cli.running.child_process import die_with_parent

READY_TIMEOUT_S: Final = 60.0
_POLL_S: Final = 0.02
_STOP_S: Final = 10.0


class NatsProcesses:
    """The servers of ``nodes`` as children of this process."""

    def __init__(self, nodes: NatsNodes, route_port: RoutePort | None = None) -> None:
        self.nodes = nodes
        for node in nodes.nodes:
            nodes.write_config(node, route_port)
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, node: NatsNode) -> None:
        """Run a server; ``ready`` says when it serves."""
        with (self.nodes.directory / f"{node.name}.log").open("ab") as log:
            self._children[node.name] = subprocess.Popen(
                self.nodes.command(node),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(),
            )

    def kill(self, node: NatsNode) -> None:
        """End it without a word, as kill -9 does."""
        child = self._children.pop(node.name)
        child.kill()
        child.wait()

    def pause(self, node: NatsNode) -> None:
        """Stop it where it is."""
        self._children[node.name].send_signal(signal.SIGSTOP)

    def resume(self, node: NatsNode) -> None:
        """Let it go on."""
        self._children[node.name].send_signal(signal.SIGCONT)

    async def ready(self) -> None:
        """Return once every server runs and has what it missed.

        Raises:
            ChaosError: that does not happen.
        """
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                for node in self.nodes.nodes:
                    while not (await readiness(node)).ready and not self._ended(node):
                        await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise ChaosError(f"{node.name} is not ready: see {self.nodes.directory}") from None
        if any(self._ended(node) for node in self.nodes.nodes):
            raise ChaosError(f"{node.name} has ended: see {self.nodes.directory}")

    def _ended(self, node: NatsNode) -> bool:
        child = self._children.get(node.name)
        return child is None or child.poll() is not None

    def stop(self) -> None:
        """End all that run."""
        for child in self._children.values():
            child.send_signal(signal.SIGCONT)
            child.terminate()
        for child in self._children.values():
            try:
                child.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._children.clear()


@asynccontextmanager
async def nats_running(
    directory: Path, count: int = 3, route_port: RoutePort | None = None
) -> AsyncIterator[NatsProcesses]:
    """Run ``count`` servers below ``directory`` for the length of the block."""
    processes = NatsProcesses(NatsNodes.load_or_create(directory, count), route_port)
    try:
        for node in processes.nodes.nodes:
            processes.start(node)
        await processes.ready()
        yield processes
    finally:
        processes.stop()
