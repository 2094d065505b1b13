"""Asking a process whether it can serve, without an HTTP library in the supervisor."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

_TIMEOUT_S = 2.0
_ANSWER_BYTES_MAX = 64 * 1024


@dataclass(frozen=True, slots=True)
class Readiness:
    """``waiting_for`` says what a process that answers "not ready" still lacks."""

    ready: bool
    waiting_for: tuple[str, ...] = ()


NOT_LISTENING = Readiness(ready=False, waiting_for=("its port",))


async def ask_readyz(port: int, host: str = "127.0.0.1") -> Readiness:
    """GET /readyz; a process that does not answer is simply not ready."""
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            status, body = await http_get(host, port, "/readyz")
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
        return NOT_LISTENING
    try:
        missing = json.loads(body).get("waiting_for", [])
    except (ValueError, AttributeError):
        missing = []
    return Readiness(ready=status == 200, waiting_for=tuple(str(item) for item in missing))


async def http_get(host: str, port: int, path: str) -> tuple[int, bytes]:
    """Return status and body of a small answer.

    Raises:
        OSError, asyncio.IncompleteReadError: nobody answers.
        ValueError: it is too large, or no HTTP.
    """
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n".encode("ascii"))
        answer = await reader.read(_ANSWER_BYTES_MAX)
        while more := await reader.read(_ANSWER_BYTES_MAX):
            answer += more
            if len(answer) > _ANSWER_BYTES_MAX:
                raise ValueError("the answer is larger than a readiness answer can be")
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if len(words) < 2:  # it ended before it answered
        raise ValueError("what was answered is no HTTP")
    return int(words[1]), body
