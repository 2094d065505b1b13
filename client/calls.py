"""What every part of the client is built on: one call."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Final, TypeVar

Answer = TypeVar("Answer")
CODE_HEADER: Final = "X-Openbell-Code"


class Calls(ABC):
    """A part of the client; whoever joins the parts knows how to call."""

    @abstractmethod
    async def call(
        self,
        method: str,
        path: str,
        answer_type: type[Answer],
        *,
        query: Mapping[str, str | int | None] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make a call below the API's prefix; None in query or body is left out."""


def shown(code: str | None) -> dict[str, str]:
    """Return the header that shows a code of one's second factor, if there is one to show."""
    return {} if code is None else {CODE_HEADER: code}
