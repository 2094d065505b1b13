"""What else a flush waits for before anyone hears of it: where there are replicas, their log."""

from typing import Protocol


class ReleaseGate(Protocol):
    """One flush at a time: ``begin`` it when its records are known, then ``wait``."""

    def begin(self, records: bytes | bytearray, count: int, chain: bytes) -> None:
        """Begin to append a flush of ``count`` records, which end with ``chain``. May be called
        from another thread than ``wait``.
        """
        ...

    def wait(self) -> None:
        """Return once the flush that was begun is in the log.

        Raises:
            Deposed: another replica leads. Nothing of the flush may be released, ever.
        """
        ...

    def beat(self, now_ns: int) -> None:
        """Say in the log that this replica still leads, if it said nothing for a while; ``now_ns``
        is monotonic.

        Raises:
            Deposed: it does not.
        """
        ...
