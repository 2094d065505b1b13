"""A client may keep a private key instead of a secret."""

import asyncio

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from accounts.identity.api_keys_repository import verifier_of
from gateway.binance.weights import Weights
from tests.e2e.clients.conftest import INSTALL_S, Clients
from tests.integration.binance.dialect_rig import dialect_rig
from tests.unit.gateway.exchange import ALICE

STORY_S = 60


@pytest.mark.timeout(INSTALL_S + STORY_S)
async def test_clients_trade_with_the_private_half_of_a_key_pair(clients: Clients) -> None:
    keys = []
    async with dialect_rig(Weights()) as rig:
        for private in (generate_private_key(65_537, 2_048), Ed25519PrivateKey.generate()):
            pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            public = private.public_key().public_bytes(
                Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
            )
            name = f"pair-{len(keys)}"
            rig.accounts.verifiers[name] = (ALICE, verifier_of(public.decode()))
            keys.append([name, pem.decode()])
        facts = {"url": rig.base_url, "keys": keys}
        await asyncio.to_thread(clients.run, "key_pairs.py", "clients.lock", facts, STORY_S)
