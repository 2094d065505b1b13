"""Request keys: what was answered to which client order id, so that a retry is never executed
twice.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from domain.client_order_ids import InvalidClientOrderId, unpack_client_order_id
from domain.reasons import RejectReason
from engine_core.limits import KEY_ROTATIONS_MAX
from engine_core.state_hash import Tag, entity_hash, words_of

_VALID_UNTIL_WORD = 7
"""Which 64-bit word of every command with a key is ``valid_until_ns``: a retry may carry a
later one and is the same request all the same.
"""


def is_canonical(packed: bytes) -> bool:
    """Return whether 28 bytes are a packed client order id, or that of none."""
    try:
        unpack_client_order_id(packed)
    except InvalidClientOrderId:
        return False
    return True


def content_digest(*commands: bytes) -> int:
    """Return 64 bits over the content of 96-byte commands."""
    content: list[int] = [Tag.CONTENT]
    for command in commands:
        words = list(words_of(command))
        words[_VALID_UNTIL_WORD] = 0
        content += words
    return entity_hash(*content) & (2**64 - 1)


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """The answer remembered under a key. ``order_id`` is 0 if a new order was refused."""

    digest: int
    order_id: int
    reason: RejectReason
    valid_until_ns: int


class RequestKeys:
    """Bounded memory of answers by (account_id, packed client order id), oldest first."""

    def __init__(self, keys_max: int) -> None:
        self._keys_max = keys_max
        self._records: OrderedDict[tuple[int, bytes], KeyRecord] = OrderedDict()

    def find(self, account_id: int, client_order_id: bytes) -> KeyRecord | None:
        """Return what was answered, or None."""
        return self._records.get((account_id, client_order_id))

    def remember(self, account_id: int, client_order_id: bytes, record: KeyRecord) -> None:
        """Keep an answer. There must be room."""
        self._records[account_id, client_order_id] = record

    def make_room(self, keys: int, ts_ns: int, is_open: Callable[[int], bool]) -> bool:
        """Return whether there is room for ``keys``, forgetting old ones only if there is none.

        A key stays while its order is open and until its request is stale, however full it is.
        """
        rotations = 0
        most = self._keys_max - keys
        while len(self._records) > max(most, 0) and rotations < KEY_ROTATIONS_MAX:
            key, record = next(iter(self._records.items()))
            if record.valid_until_ns < ts_ns and not is_open(record.order_id):
                del self._records[key]
            else:
                self._records.move_to_end(key)
                rotations += 1
        return len(self._records) <= most

    def items(self) -> Iterator[tuple[int, bytes, KeyRecord]]:
        """Yield (account_id, client_order_id, record)."""
        for (account_id, client_order_id), record in self._records.items():
            yield account_id, client_order_id, record
