"""What can go wrong in the parts every process shares."""


class ServiceError(Exception):
    """Root of this package's errors."""


class BadConfiguration(ServiceError):
    """The environment is incomplete or wrong; the message names the variables."""


class PortInUse(ServiceError):
    """Another program listens where this process should; the message names the port."""


class CallFailed(ServiceError):
    """A service answered with an error.

    ``status`` is its HTTP status, ``code`` its stable error code, ``message`` its text.
    """

    def __init__(
        self, status: int, code: str, message: str, retry_after_s: int | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


class CallUnanswered(ServiceError):
    """A service could not be reached or did not answer in time: the call's fate is unknown."""


class NotSigned(ServiceError):
    """A service call without a valid, recent signature."""
