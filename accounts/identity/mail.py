"""Mail: what is written and how it leaves, over SMTP."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Final, Literal

import aiosmtplib
import structlog

from domain.units import NS_PER_S

SEND_TIMEOUT_S: Final = 10
TRIES_MAX: Final = 3
RETRY_S: Final = 2
Tls = Literal["starttls", "tls", "none"]

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MailTerms:
    """The SMTP server that takes our mail, and whom it is from. ``user`` "" logs in nowhere."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    tls: Tls = "starttls"


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one address."""

    address: str
    subject: str
    text: str
    ts_ns: int


class Mailer:
    """Sends one letter at a call, a few times over if the server is away."""

    def __init__(self, terms: MailTerms) -> None:
        self._terms = terms

    async def send(self, letter: Letter) -> bool:
        """Hand a letter to the server; False, and a line in the log, if it would not take it."""
        message = self._message(letter)
        for tries_left in reversed(range(TRIES_MAX)):
            try:
                await self._hand_over(message)
            except aiosmtplib.SMTPResponseException as error:
                _log.error("mail_refused", code=error.code)
                if error.code >= 500:
                    return False
            except (aiosmtplib.SMTPException, OSError) as error:
                _log.error("mail_server_away", error=type(error).__name__)
            else:
                return True
            if tries_left:
                await asyncio.sleep(RETRY_S)
        return False

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._terms.sender
        message["To"] = letter.address
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(datetime.fromtimestamp(letter.ts_ns // NS_PER_S, UTC))
        message["Message-ID"] = make_msgid(domain=parseaddr(self._terms.sender)[1].split("@")[-1])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        return message

    async def _hand_over(self, message: EmailMessage) -> None:
        terms = self._terms
        await aiosmtplib.send(
            message,
            hostname=terms.host,
            port=terms.port,
            username=terms.user or None,
            password=terms.password or None,
            use_tls=terms.tls == "tls",
            start_tls=terms.tls == "starttls",
            timeout=SEND_TIMEOUT_S,
        )
