"""The native API's requests and answers about users: logins, codes, second factors, passwords and
sessions. They validate, and the OpenAPI document is made of them.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.types.trading import Request, TsNs

EmailText = Annotated[str, Meta(min_length=1, max_length=254, examples=["you@example.com"])]
CodeText = Annotated[
    str, Meta(min_length=1, max_length=64, description="As it was sent or shown; spaces are free")
]
OldPassword = Annotated[str, Meta(min_length=1, max_length=256)]
NewPassword = Annotated[str, Meta(min_length=8, max_length=256)]


class Credentials(Request):
    """Email and password."""

    email: Annotated[str, Meta(min_length=1, max_length=254, examples=["you@example.com"])]
    password: Annotated[str, Meta(min_length=1, max_length=256)]


class SignUp(Request):
    """Email and a new password."""

    email: Annotated[str, Meta(min_length=3, max_length=254, examples=["you@example.com"])]
    password: Annotated[str, Meta(min_length=8, max_length=256)]


class User(Struct):
    """A user and the trading account that belongs to it."""

    user_id: int
    email: str
    account_id: int
    role: str
    email_verified: bool
    second_factor: bool
    recovery_codes_left: int
    created_ts_ns: TsNs


class Login(Struct):
    """An access token for ``Authorization: Bearer``; the refresh token travels in a cookie."""

    user: User
    access_token: str
    expires_in_s: int


class CodeRequest(Request):
    """Have a code sent. ``purpose``: to verify the address, to log in, to reset the password."""

    email: EmailText
    purpose: Literal["verify", "login", "reset"]


class EmailVerification(Request):
    """The code that came to the address."""

    email: EmailText
    code: CodeText


class CodeLogin(Request):
    """Log in with the code that came to the address."""

    email: EmailText
    code: CodeText


class SecondFactorLogin(Request):
    """Go on with a login: ``challenge`` from the details of SECOND_FACTOR_REQUIRED, ``code`` from
    the authenticator app, or a recovery code.
    """

    challenge: Annotated[str, Meta(min_length=1, max_length=256)]
    code: CodeText


class PasswordReset(Request):
    """A new password, by the code that came to the address."""

    email: EmailText
    code: CodeText
    password: NewPassword


class PasswordChange(Request):
    """A new password."""

    password: OldPassword
    new_password: NewPassword


class Proof(Request):
    """The password, again."""

    password: OldPassword


class Confirmation(Request):
    """A first code of the authenticator app."""

    code: CodeText


class Enrolment(Struct):
    """What the authenticator app needs: as text, and as the URI that a QR code shows."""

    secret: str
    uri: str


class RecoveryCodes(Struct):
    """Each is good once, in place of the app. They are shown this once."""

    recovery_codes: list[str]


class SessionInfo(Struct):
    """A login that can still be continued. ``user_agent`` and ``ip``: of the login."""

    session_id: str
    user_agent: str
    ip: str
    created_ts_ns: TsNs
    last_used_ts_ns: TsNs
    current: bool


class SessionList(Struct):
    """The sessions, the one used last first."""

    sessions: list[SessionInfo]


class MailQuery(Request):
    """Whose mail."""

    address: EmailText


class Mail(Struct):
    """A mail that the demo caught."""

    address: str
    subject: str
    text: str
    ts_ns: TsNs


class Mailbox(Struct):
    """What came for an address, newest first."""

    mail: list[Mail]


class DemoCodeQuery(Request):
    """Whose code."""

    email: EmailText


class DemoCode(Struct):
    """A code that was not used yet."""

    code: str
    expires_in_s: int
