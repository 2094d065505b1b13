"""Keys: one for each direction, session, nonce and master, and no other way round."""

import itertools

import pytest

from transport.keys import derive_keys

MASTER_KEY = bytes(range(32))


def test_every_direction_session_nonce_and_master_has_its_own_key() -> None:
    masters = [MASTER_KEY, MASTER_KEY[::-1]]
    keys = [
        key
        for master, session_id, nonce in itertools.product(masters, (1, 2), (0, 1, 2**64 - 1))
        for key in derive_keys(master, session_id, nonce)
    ]
    assert len(set(keys)) == len(keys) == 24
    assert {len(key) for key in keys} == {16}


def test_the_derivation_is_pinned() -> None:
    keys = derive_keys(MASTER_KEY, 0x1122334455667788, 1)
    assert keys.to_engine.hex() == "ed13a1c7cbbe80f59008e572984a5d5e"
    assert keys.to_client.hex() == "7e0a047394d7583230c74dbecf7268b2"


@pytest.mark.parametrize("length", [0, 15, 65])
def test_a_master_key_has_bounds(length: int) -> None:
    with pytest.raises(ValueError, match="16 to 64 bytes"):
        derive_keys(bytes(length), 1, 1)
