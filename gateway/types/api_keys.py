"""The native API's requests and answers about API keys. They validate, and the OpenAPI document is
made of them.
"""

from typing import Annotated

from msgspec import Meta, Struct

from gateway.types.trading import Permission, Request, TsNs


class NewApiKey(Request):
    """What a new API key may do."""

    permissions: Annotated[list[Permission], Meta(min_length=1, max_length=3)]
    label: Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
    public_key: (
        Annotated[
            str,
            Meta(max_length=1024, description="Ed25519 or RSA, PEM or base64; instead of a secret"),
        ]
        | None
    ) = None
    allowed_networks: Annotated[
        list[Annotated[str, Meta(max_length=64, examples=["203.0.113.0/24"])]],
        Meta(max_length=32, description="From where it may be used; none: from anywhere"),
    ] = []
    expires_ts_ns: TsNs | None = None


class ApiKey(Struct):
    """An API key without its secret. ``last_used_ts_ns`` is some seconds late."""

    api_key: str
    label: str
    permissions: list[str]
    created_ts_ns: TsNs
    account_id: int
    allowed_networks: list[str]
    expires_ts_ns: TsNs | None
    last_used_ts_ns: TsNs | None


class ApiKeyWithSecret(ApiKey):
    """An API key with its secret, which is shown this once."""

    api_secret: str


class ApiKeys(Struct):
    """The user's API keys."""

    api_keys: list[ApiKey]
