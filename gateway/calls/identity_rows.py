"""What accounts answers about logins, API keys, codes and sessions."""

from msgspec import Struct


class SignedUp(Struct):
    """A new user."""

    user_id: int
    account_id: int


class LoginRow(Struct):
    """What a login gives: a session, or a challenge that a second factor answers."""

    challenge: str = ""
    challenge_expires_s: int = 0
    access_token: str = ""
    access_expires_s: int = 0
    refresh_token: str = ""
    refresh_expires_s: int = 0
    user: "UserRow | None" = None


class UserRow(Struct):
    """A user as accounts keeps it."""

    user_id: int
    email: str
    role: str
    account_id: int
    created_ts_ns: int
    email_verified: bool
    second_factor: bool
    recovery_codes_left: int


class DemoCodeRow(Struct):
    """A code of a secret that everybody knows."""

    code: str
    expires_in_s: int


class Session(Struct):
    """What a login or a refresh gives, and to whom."""

    access_token: str
    access_expires_s: int
    refresh_token: str
    refresh_expires_s: int
    user: UserRow


class ApiKeyRow(Struct):
    """An API key; the secret only where it was just made."""

    api_key: str
    label: str
    permissions: list[str]
    created_ts_ns: int
    account_id: int
    allowed_networks: list[str]
    expires_ts_ns: int | None
    last_used_ts_ns: int | None
    api_secret: str = ""


class ApiKeyRows(Struct):
    """A user's API keys."""

    api_keys: list[ApiKeyRow]


class ApiKeySecret(Struct):
    """What verifies a request signed with an API key, and from where and until when it is good."""

    api_key: str
    secret: str
    user_id: int
    account_id: int
    permissions: list[str]
    allowed_networks: list[str] = []
    expires_ts_ns: int | None = None


class EnrolmentRow(Struct):
    """A proposed second factor."""

    secret: str
    uri: str


class RecoveryCodesRow(Struct):
    """New recovery codes."""

    recovery_codes: list[str]


class SessionRow(Struct):
    """A session that can be continued."""

    session_id: str
    user_agent: str
    ip: str
    created_ts_ns: int
    last_used_ts_ns: int


class SessionRows(Struct):
    """A user's sessions."""

    sessions: list[SessionRow]


class RevokedRow(Struct):
    """Sessions that were revoked lately; ask from ``now_ns`` on the next time."""

    session_ids: list[str]
    now_ns: int


class LetterRow(Struct):
    """A mail that the demo caught."""

    address: str
    subject: str
    text: str
    ts_ns: int


class LetterRows(Struct):
    """A mailbox."""

    mail: list[LetterRow]
