"""What is asked and answered about codes, second factors, passwords and sessions."""

import uuid
from typing import Annotated, Literal

from msgspec import Meta, Struct

from accounts.rest.messages import PasswordText, Request, ShortText, TokenText

CodeText = Annotated[str, Meta(max_length=64)]
IpText = Annotated[str, Meta(max_length=64)]
UserAgent = Annotated[str, Meta(max_length=1024)]


class CodeRequest(Request):
    """POST /internal/codes."""

    email: ShortText
    purpose: Literal["verify", "login", "reset"]
    ip: IpText = ""


class EmailVerification(Request):
    """POST /internal/verify-email."""

    email: ShortText
    code: CodeText
    ip: IpText = ""


class CodeLogin(Request):
    """POST /internal/login/code."""

    email: ShortText
    code: CodeText
    user_agent: UserAgent = ""
    ip: IpText = ""


class ChallengeAnswer(Request):
    """POST /internal/login/second-factor."""

    challenge: TokenText
    code: CodeText
    user_agent: UserAgent = ""
    ip: IpText = ""


class PasswordReset(Request):
    """POST /internal/password-reset."""

    email: ShortText
    code: CodeText
    password: PasswordText
    ip: IpText = ""


class PasswordChange(Request):
    """PUT /internal/users/{user_id}/password. The session goes on, the others end."""

    session_id: uuid.UUID
    password: PasswordText
    new_password: PasswordText
    ip: IpText = ""


class Proof(Request):
    """POST to what asks for the password again."""

    password: PasswordText
    ip: IpText = ""


class Confirmation(Request):
    """POST /internal/users/{user_id}/totp/confirm."""

    code: CodeText
    ip: IpText = ""
    session_id: uuid.UUID | None = None


class SecondFactorCheck(Request):
    """POST /internal/users/{user_id}/second-factor: may go on without one, if there is none."""

    code: CodeText | None = None
    ip: IpText = ""


class OperatorCheck(Request):
    """POST /internal/users/{user_id}/operator-proof. ``is_fresh``: a code is needed now."""

    code: CodeText | None = None
    session_id: uuid.UUID | None = None
    is_fresh: bool = False
    ip: IpText = ""


class DemoCode(Struct):
    """A code of a secret that everybody knows, good for ``expires_in_s``."""

    code: str
    expires_in_s: int


class SessionAnswer(Struct):
    session_id: uuid.UUID
    user_agent: str
    ip: str
    created_ts_ns: int
    last_used_ts_ns: int


class LetterAnswer(Struct):
    address: str
    subject: str
    text: str
    ts_ns: int
