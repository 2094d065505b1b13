"""A demo's mail server: takes every mail, sends none on, and shows what it took."""

import asyncio
import email
import email.policy
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope, Session

from accounts.identity.mail import Letter
from domain.clock import Clock

LETTERS_MAX: Final = 1_000
"""Kept in memory; past it the oldest go."""
LETTER_BYTES_MAX: Final = 64 * 1024
IDLE_S: Final = 30
LOOPBACK: Final = "127.0.0.1"


class MailCatcher:
    """The mailbox of everybody."""

    def __init__(self, clock: Clock) -> None:
        self._letters: deque[Letter] = deque(maxlen=LETTERS_MAX)
        self._clock = clock
        self.port = 0

    def letters(self, address: str = "") -> list[Letter]:
        """Return what came for ``address``, or for anybody, newest first."""
        wanted = address.strip().lower()
        return [one for one in reversed(self._letters) if wanted in ("", one.address)]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a mail; the SMTP server calls this."""
        content = envelope.content or b""
        written = content.encode() if isinstance(content, str) else content
        message: Any = email.message_from_bytes(written, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(("plain",))
        text = "" if body is None else body.get_content().replace("\r\n", "\n")
        subject, now_ns = str(message["Subject"] or ""), self._clock.now_ns()
        for address in envelope.rcpt_tos:
            self._letters.append(Letter(address.lower(), subject, text, now_ns))
        return "250 OK"

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[None]:
        """Take mail on ``port`` of the loopback interface (0: any) for the length of the block."""
        loop = asyncio.get_running_loop()

        def serve() -> SMTP:
            return SMTP(self, data_size_limit=LETTER_BYTES_MAX, timeout=IDLE_S, loop=loop)

        server = await loop.create_server(serve, LOOPBACK, port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
