"""Calls to accounts, with every failure in one form."""

import msgspec

from gateway.errors import ApiError, unavailable
from service.calls import Answer, ServiceClient
from service.errors import CallFailed, CallUnanswered


class AccountsCalls:
    """Every failure is an ApiError: accounts' own refusal, or 503 while it cannot be reached."""

    def __init__(self, calls: ServiceClient) -> None:
        self._calls = calls

    async def _call(
        self,
        method: str,
        path: str,
        answer_type: type[Answer],
        *,
        query: dict[str, str | int] | None = None,
        body: object = None,
        timeout_s: float = 5.0,
    ) -> Answer:
        try:
            return await self._calls.call(
                method, path, answer_type, query=query, body=body, timeout_s=timeout_s
            )
        except (CallUnanswered, msgspec.DecodeError) as error:
            raise unavailable("accounts") from error
        except CallFailed as error:
            if error.status >= 500 and error.status != 503:
                raise unavailable("accounts") from error
            raise ApiError(
                error.status, error.code, error.message, retry_after_s=error.retry_after_s
            ) from error
