"""What carrying out an act consists of: what goes into the log's own transaction, and the rest."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from accounts.admin.audit_log_repository import Effect
from accounts.database import Connection

Before = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Deed:
    """``begin`` runs in the transaction that writes the act down and returns what its subject was;
    a refusal there leaves no trace. ``finish`` does the rest and says what became of it.
    """

    subject: str
    begin: Callable[[Connection], Awaitable[Before]]
    finish: Callable[[], Awaitable[Effect]]
