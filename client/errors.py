"""What a call can come to besides its answer."""


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


class Unreachable(ClientError):
    """No answer: the exchange is down or the connection broke. A read can simply be repeated."""


class OrderFateUnknown(ClientError):
    """The order may or may not have entered: ask by ``client_order_id`` before anything else."""

    def __init__(self, client_order_id: str) -> None:
        super().__init__(f"the fate of order {client_order_id} is unknown: ask for it by that id")
        self.client_order_id = client_order_id
