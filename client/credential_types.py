"""What the native API answers about logins. Times are ns as text."""

import msgspec


class Enrolment(msgspec.Struct, frozen=True):
    """A secret for an authenticator app, and the URI that a QR code shows of it."""

    secret: str
    uri: str


class OwnSession(msgspec.Struct, frozen=True):
    """A login that can still be continued; ``current``: this one."""

    session_id: str
    user_agent: str
    ip: str
    created_ts_ns: str
    last_used_ts_ns: str
    current: bool


class Mail(msgspec.Struct, frozen=True):
    """A mail that a demo caught."""

    address: str
    subject: str
    text: str
    ts_ns: str


class DemoCode(msgspec.Struct, frozen=True):
    """A code of the second factor that everybody knows of a demo's operator."""

    code: str
    expires_in_s: int
