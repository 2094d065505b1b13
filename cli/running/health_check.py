"""A container's health check: ``python -m cli.running.health_check PORT``, 0 when it serves."""

from __future__ import annotations

import asyncio
import sys

from cli.running.readiness import ask_readyz


def main(arguments: list[str]) -> int:
    readiness = asyncio.run(ask_readyz(int(arguments[0])))
    if not readiness.ready:
        print("waiting for " + ", ".join(readiness.waiting_for))
    return 0 if readiness.ready else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
