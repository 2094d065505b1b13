"""What an e-mail address is here: plain ASCII, stored in lower case, so that no two that look or
fold alike are two users.
"""

import re
from typing import Final

from accounts.errors import Refusal, RefusalCode

EMAIL_CHARS_MAX: Final = 254
_EMAIL: Final = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
    r"(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
)


def checked_email(text: str) -> str:
    """Return an e-mail address as it is stored: lower case.

    Raises:
        Refusal: INVALID_REQUEST.
    """
    email = known_form(text)
    if email is None:
        raise Refusal(RefusalCode.INVALID_REQUEST, "email: not an e-mail address")
    return email


def known_form(text: str) -> str | None:
    """Return an e-mail address as it is stored, None if no user can have it."""
    # Before the case is folded: some letters beyond ASCII fold into it (the Kelvin sign into k).
    if not text.isascii():
        return None
    email = text.strip(" ").lower()
    return email if len(email) <= EMAIL_CHARS_MAX and _EMAIL.fullmatch(email) else None
