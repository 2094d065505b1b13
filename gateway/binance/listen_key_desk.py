"""Where listen keys are kept: in this process, or, of several gateways on one port, in the first.

A client may start a key at one of them and read its stream at another.
"""

from collections.abc import Awaitable
from typing import Final, Protocol

import msgspec
from aiohttp import web
from msgspec import Struct

from gateway.access.auth import Principal
from gateway.binance.errors import BinanceError
from gateway.binance.listen_keys import ListenKeys
from gateway.errors import unavailable
from service.calls import ServiceClient, signature_middleware
from service.errors import CallFailed, CallUnanswered

PREFIX: Final = "/internal/listen-keys"


class ListenKeyDesk(Protocol):
    """The keys, wherever they are. Every call may raise ApiError 503: they cannot be reached."""

    async def start(self, principal: Principal) -> str:
        """Return the account's key, valid from now on for an hour."""
        ...

    async def keep(self, listen_key: str, account_id: int) -> None:
        """Make a key last for an hour more."""
        ...

    async def stop(self, listen_key: str, account_id: int) -> None:
        """End a key."""
        ...

    async def owner(self, listen_key: str) -> Principal | None:
        """Return whose stream a key reads, None if it is not valid."""
        ...

    def forget_expired(self) -> None:
        """Forget the keys that nobody kept."""
        ...


class KeysHere:
    """The keys of this process."""

    def __init__(self, keys: ListenKeys) -> None:
        self._keys = keys

    async def start(self, principal: Principal) -> str:
        """Return the account's key, valid from now on for an hour."""
        return self._keys.start(principal)

    async def keep(self, listen_key: str, account_id: int) -> None:
        """Make a key last for an hour more."""
        self._keys.keep(listen_key, account_id)

    async def stop(self, listen_key: str, account_id: int) -> None:
        """End a key."""
        self._keys.stop(listen_key, account_id)

    async def owner(self, listen_key: str) -> Principal | None:
        """Return whose stream a key reads, None if it is not valid."""
        return self._keys.owner(listen_key)

    def forget_expired(self) -> None:
        """Forget the keys that nobody kept."""
        self._keys.forget_expired()


class _Holder(Struct):
    user_id: int
    account_id: int
    permissions: list[str]
    api_key: str | None

    @classmethod
    def of(cls, principal: Principal) -> "_Holder":
        permissions = sorted(principal.permissions)
        return cls(principal.user_id, principal.account_id, permissions, principal.api_key)

    def principal(self) -> Principal:
        permissions = frozenset(self.permissions)
        return Principal(self.user_id, self.account_id, permissions, api_key=self.api_key)


class _Key(Struct):
    listen_key: str
    account_id: int = 0


class _Refused(Struct):
    status: int
    code: int
    text: str


class _Answer(Struct):
    listen_key: str | None = None
    owner: _Holder | None = None
    refused: _Refused | None = None


class KeysElsewhere:
    """The keys of another gateway, asked for with signed calls."""

    def __init__(self, calls: ServiceClient) -> None:
        self._calls = calls

    async def start(self, principal: Principal) -> str:
        """Return the account's key, valid from now on for an hour."""
        return (await self._ask("start", _Holder.of(principal))).listen_key or ""

    async def keep(self, listen_key: str, account_id: int) -> None:
        """Make a key last for an hour more."""
        await self._ask("keep", _Key(listen_key, account_id))

    async def stop(self, listen_key: str, account_id: int) -> None:
        """End a key."""
        await self._ask("stop", _Key(listen_key, account_id))

    async def owner(self, listen_key: str) -> Principal | None:
        """Return whose stream a key reads, None if it is not valid."""
        found = (await self._ask("owner", _Key(listen_key))).owner
        return None if found is None else found.principal()

    def forget_expired(self) -> None:
        """Nothing: they are forgotten where they are kept."""

    async def _ask(self, what: str, body: Struct) -> _Answer:
        try:
            answer = await self._calls.call("POST", f"{PREFIX}/{what}", _Answer, body=body)
        except (CallUnanswered, CallFailed, msgspec.DecodeError) as error:
            raise unavailable("the gateway that keeps listen keys") from error
        if answer.refused is not None:
            raise BinanceError(answer.refused.status, answer.refused.code, answer.refused.text)
        return answer


def listen_keys_app(keys: ListenKeyDesk, secret: str) -> web.Application:
    """Return what answers ``KeysElsewhere``, to those who hold the secret."""
    app = web.Application(middlewares=[signature_middleware(secret)])

    async def start(request: web.Request) -> web.Response:
        holder = msgspec.json.decode(await request.read(), type=_Holder)
        return await _answered(_start(keys, holder))

    async def keep(request: web.Request) -> web.Response:
        key = msgspec.json.decode(await request.read(), type=_Key)
        return await _answered(_done(keys.keep(key.listen_key, key.account_id)))

    async def stop(request: web.Request) -> web.Response:
        key = msgspec.json.decode(await request.read(), type=_Key)
        return await _answered(_done(keys.stop(key.listen_key, key.account_id)))

    async def owner(request: web.Request) -> web.Response:
        key = msgspec.json.decode(await request.read(), type=_Key)
        return await _answered(_owner(keys, key))

    for name, handler in (("start", start), ("keep", keep), ("stop", stop), ("owner", owner)):
        app.router.add_post(f"/{name}", handler)
    return app


async def _start(keys: ListenKeyDesk, holder: _Holder) -> _Answer:
    return _Answer(listen_key=await keys.start(holder.principal()))


async def _owner(keys: ListenKeyDesk, key: _Key) -> _Answer:
    found = await keys.owner(key.listen_key)
    return _Answer(owner=None if found is None else _Holder.of(found))


async def _done(call: Awaitable[None]) -> _Answer:
    await call
    return _Answer()


async def _answered(call: Awaitable[_Answer]) -> web.Response:
    try:
        answer = await call
    except BinanceError as error:
        answer = _Answer(refused=_Refused(error.status, error.code, error.text))
    return web.Response(body=msgspec.json.encode(answer), content_type="application/json")
