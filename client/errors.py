"""What a call can come to besides its answer."""

from typing import Any, ClassVar, Self


class ClientError(Exception):
    """Root of this package's errors."""


class Refused(ClientError):
    """The exchange answered no. ``code`` is stable; ``retry_after_s`` is set where trying again
    helps.
    """

    def __init__(
        self, status: int, code: str, message: str, retry_after_s: int | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


class SecondFactorRequired(Refused):
    """It takes a code of the second factor: a login goes on with ``challenge``, anything else is
    called again with the code, and has no challenge.
    """

    CODE: ClassVar = "SECOND_FACTOR_REQUIRED"

    def __init__(self, status: int, message: str, challenge: str | None) -> None:
        super().__init__(status, self.CODE, message)
        self.challenge = challenge


class Unreachable(ClientError):
    """No answer: the exchange is down or the connection broke. A read can simply be repeated."""


class OrderFateUnknown(ClientError):
    """A request was sent and may or may not have been executed: look at ``ask`` before anything
    else.

    ``ask`` is the path that tells; ``client_order_id``, ``order_id`` or ``list_id`` says which
    order or list, if it was one.
    """

    def __init__(
        self,
        ask: str,
        client_order_id: str | None = None,
        order_id: int | None = None,
        list_id: int | None = None,
    ) -> None:
        super().__init__(f"it is not known whether this was executed: ask {ask}")
        self.ask = ask
        self.client_order_id = client_order_id
        self.order_id = order_id
        self.list_id = list_id

    @classmethod
    def told(cls, answer: dict[str, Any]) -> Self | None:
        """Return the error if ``answer`` says that the fate is unknown, else None."""
        if answer.get("status") != "unknown" or "ask" not in answer:
            return None
        named = (answer.get(name) for name in ("client_order_id", "order_id", "list_id"))
        return cls(answer["ask"], *named)
