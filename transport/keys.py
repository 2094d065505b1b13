"""Keys of one session, one for each direction, derived from the master key.

A fresh nonce of the engine enters the keys of everything after WELCOME, so that datagrams of an
earlier life of a session can never be replayed into a later one. HELLO and its answer, sealed
before the nonce is known, use the nonce 0.
"""

import struct
from hashlib import blake2b
from typing import Final, NamedTuple

from schemas.mac import KEY_BYTES

MASTER_KEY_BYTES_MIN: Final = 16
MASTER_KEY_BYTES_MAX: Final = 64  # BLAKE2b's own bound on a key

_TO_ENGINE: Final = b"obx1-c2e"
_TO_CLIENT: Final = b"obx1-e2c"
_SESSION: Final = struct.Struct("<QQ")


class SessionKeys(NamedTuple):
    """``to_engine`` seals what the client sends, ``to_client`` what the engine sends: what one side
    said can never be reflected as said by the other.
    """

    to_engine: bytes
    to_client: bytes


def derive_keys(master_key: bytes, session_id: int, nonce: int) -> SessionKeys:
    """Return the keys of ``session_id`` under ``nonce`` (0: for HELLO and its answer).

    Raises:
        ValueError: the master key's length is out of bounds.
    """
    if not MASTER_KEY_BYTES_MIN <= len(master_key) <= MASTER_KEY_BYTES_MAX:
        raise ValueError("a master key is 16 to 64 bytes")
    data = _SESSION.pack(session_id, nonce)
    return SessionKeys(
        *(
            blake2b(data, digest_size=KEY_BYTES, key=master_key, person=person).digest()
            for person in (_TO_ENGINE, _TO_CLIENT)
        )
    )
