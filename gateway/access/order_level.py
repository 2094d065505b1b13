"""Who may read books order by order."""

from dataclasses import dataclass
from typing import Final

from gateway.access.auth import Principal

EVERYONE: Final = "*"


class BadReaders(ValueError):
    """The text names no accounts."""


@dataclass(frozen=True, slots=True)
class OrderLevelReaders:
    """Accounts that were named, or every account; and always those who run the venue."""

    account_ids: frozenset[int] = frozenset()
    everyone: bool = False

    @classmethod
    def parse(cls, text: str) -> "OrderLevelReaders":
        """Return those whom ``text`` names: account ids with commas between, ``*``, or nothing.

        Raises:
            BadReaders: it is none of that.
        """
        if text.strip() == EVERYONE:
            return cls(everyone=True)
        named = [part.strip() for part in text.split(",") if part.strip()]
        if not all(part.isascii() and part.isdigit() for part in named):
            raise BadReaders("account ids with commas between, or * for every account")
        return cls(frozenset(int(part) for part in named))

    def admit(self, principal: Principal) -> bool:
        """Whether this account may read them."""
        return (
            self.everyone or principal.role == "admin" or principal.account_id in self.account_ids
        )
