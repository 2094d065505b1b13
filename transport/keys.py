"""Keys: the master keys alive, and those of one session derived from them, one for each direction.

A fresh nonce of the engine enters the keys of everything after WELCOME, so that datagrams of an
earlier life of a session can never be replayed into a later one. HELLO and its answer, sealed
before the nonce is known, use the nonce 0. Every datagram names the master key it is sealed under,
so that a new one can take over while both are alive.
"""

import re
import struct
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final, NamedTuple

from schemas.mac import KEY_BYTES
from transport.errors import BadKeys

MASTER_KEY_BYTES_MIN: Final = 16
MASTER_KEY_BYTES_MAX: Final = 64  # BLAKE2b's own bound on a key
LIVE_KEYS_MAX: Final = 2
"""The one in use and the one that takes over from it."""
KEY_ID_MAX: Final = 0xFFFF

_TO_ENGINE: Final = b"obx1-c2e"
_TO_CLIENT: Final = b"obx1-e2c"
_SESSION: Final = struct.Struct("<QQ")
_TEXT: Final = re.compile(r"(?:(\d{1,5}):)?([0-9a-fA-F]{64})")


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


class KeyRing:
    """The one or two master keys alive, by id. A client seals with the first and takes both; an
    engine takes both and answers under the one that it was spoken to under.

    Shared by everyone in a process: ``version`` grows when the keys were replaced.
    """

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        """Raises BadKeys: none, too many, an id past the header's field."""
        self.version = 0
        self._keys = _checked(keys)

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids alive, the one to seal with first."""
        return tuple(self._keys)

    @property
    def sealing_key(self) -> tuple[int, bytes]:
        """The id of the master key that a client seals with, and the key."""
        return next(iter(self._keys.items()))

    def replace(self, keys: Mapping[int, bytes]) -> bool:
        """Have other keys from now on; return whether they differ.

        Raises:
            BadKeys: as the constructor; the keys stay as they are.
        """
        checked = _checked(keys)
        if list(checked.items()) == list(self._keys.items()):
            return False
        self._keys = checked
        self.version += 1
        return True

    def session_keys(self, key_id: int, session_id: int, nonce: int) -> SessionKeys | None:
        """Return the keys of a session under the master key of that id; None if it is not alive."""
        master_key = self._keys.get(key_id)
        return None if master_key is None else derive_keys(master_key, session_id, nonce)

    def all_session_keys(self, session_id: int, nonce: int) -> dict[int, SessionKeys]:
        """Return the keys of a session by the id of every master key alive."""
        return {
            key_id: derive_keys(master_key, session_id, nonce)
            for key_id, master_key in self._keys.items()
        }


MasterKey = bytes | KeyRing
"""One key for good, whose id is 0, or a ring of those alive."""


def as_key_ring(master_key: MasterKey) -> KeyRing:
    """Return the ring, or one of that key only."""
    return master_key if isinstance(master_key, KeyRing) else KeyRing({0: master_key})


def parse_master_keys(text: str) -> dict[int, bytes]:
    """Return the keys in ``text`` by id, in their order: ``id:hex``, apart by commas or white
    space; a lone ``hex`` (64 digits) has the id 0.

    Raises:
        BadKeys: something else is written there; the message does not repeat it.
    """
    keys: dict[int, bytes] = {}
    for number, word in enumerate(text.replace(",", " ").split(), 1):
        found = _TEXT.fullmatch(word)
        if found is None:
            raise BadKeys(f"key {number} is not an id, a colon and 64 hex digits")
        key_id = int(found[1] or 0)
        if key_id in keys:
            raise BadKeys(f"two keys have the id {key_id}")
        keys[key_id] = bytes.fromhex(found[2])
    return _checked(keys)


def _checked(keys: Mapping[int, bytes]) -> dict[int, bytes]:
    if not 0 < len(keys) <= LIVE_KEYS_MAX:
        raise BadKeys(f"{len(keys)} keys where 1 or {LIVE_KEYS_MAX} belong")
    if not all(0 <= key_id <= KEY_ID_MAX for key_id in keys):
        raise BadKeys(f"a key id is at most {KEY_ID_MAX}")
    return dict(keys)
