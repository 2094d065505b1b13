"""What no code may survive: a fault between accepting a command and answering it."""

from collections.abc import Callable
from types import TracebackType


class FatalInside:
    """A block whose every fault, foreseen or not, ends the process through ``die``."""

    def __init__(self, die: Callable[[BaseException], None]) -> None:
        self._die = die

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._die(error)
