"""What can go wrong in accounts: refusals a caller gets an answer for, and faults of the ledger."""

from enum import StrEnum


class AccountsError(Exception):
    """Root of this package's errors."""


class RefusalCode(StrEnum):
    """Why a call was refused: stable, part of the interface."""

    INVALID_REQUEST = "INVALID_REQUEST"
    EMAIL_TAKEN = "EMAIL_TAKEN"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    INVALID_REFRESH_TOKEN = "INVALID_REFRESH_TOKEN"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    WRONG_PASSWORD = "WRONG_PASSWORD"
    INVALID_CODE = "INVALID_CODE"
    INVALID_CHALLENGE = "INVALID_CHALLENGE"
    SECOND_FACTOR_REQUIRED = "SECOND_FACTOR_REQUIRED"
    SECOND_FACTOR_ON = "SECOND_FACTOR_ON"
    NO_SECOND_FACTOR = "NO_SECOND_FACTOR"
    EMAIL_NOT_VERIFIED = "EMAIL_NOT_VERIFIED"
    NO_MAIL = "NO_MAIL"
    BUSY = "BUSY"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT"
    UNKNOWN_ASSET = "UNKNOWN_ASSET"
    UNKNOWN_INSTRUMENT = "UNKNOWN_INSTRUMENT"
    API_KEY_LIMIT = "API_KEY_LIMIT"
    FAUCET_CLOSED = "FAUCET_CLOSED"
    FAUCET_LIMIT = "FAUCET_LIMIT"
    REFERENCE_REUSED = "REFERENCE_REUSED"
    MONEY_REFUSED = "MONEY_REFUSED"
    MONEY_PENDING = "MONEY_PENDING"
    NOT_SETTLED_YET = "NOT_SETTLED_YET"
    WITHDRAWALS_STOPPED = "WITHDRAWALS_STOPPED"
    ADDRESS_NOT_ALLOWED = "ADDRESS_NOT_ALLOWED"
    ADDRESS_LIMIT = "ADDRESS_LIMIT"
    WITHDRAWAL_LIMIT = "WITHDRAWAL_LIMIT"
    WITHDRAWAL_STATE = "WITHDRAWAL_STATE"
    FORBIDDEN = "FORBIDDEN"
    LOGIN_STOPPED = "LOGIN_STOPPED"
    ENGINE_REFUSED = "ENGINE_REFUSED"
    ALREADY_DECIDED = "ALREADY_DECIDED"
    SUB_ACCOUNT_LIMIT = "SUB_ACCOUNT_LIMIT"
    NAME_TAKEN = "NAME_TAKEN"
    ACCOUNT_NOT_EMPTY = "ACCOUNT_NOT_EMPTY"
    DATABASE_UNAVAILABLE = "DATABASE_UNAVAILABLE"


class Refusal(AccountsError):
    """A call is refused and nothing changed (for MONEY_PENDING: the answer is not known yet).

    ``retry_after_s``: when it makes sense to ask again, in seconds.
    """

    def __init__(self, code: RefusalCode, message: str, retry_after_s: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


class UnsafeDatabase(AccountsError):
    """The database may lose what it has committed; the message names the settings."""


class EngineAway(AccountsError):
    """The engine did not answer: whether it executed the command is unknown."""


class LedgerError(AccountsError):
    """Root of what must never happen in settlement: the batch is undone and nothing is posted."""


class Unbalanced(LedgerError):
    """Some asset's postings do not sum to 0."""


class Disagreement(LedgerError):
    """The engine and the ledger, or the ledger and the database, say different things."""


class OutOfSequence(LedgerError):
    """An event, trade or book number is not the next one."""


class SchemaChanged(AccountsError):
    """A column changed under a connection, whose types are of before: connect again."""


class Fenced(LedgerError):
    """Somebody else has moved the settlement cursor."""
