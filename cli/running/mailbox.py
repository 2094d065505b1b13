"""`openbell mail` and `openbell code`: what a demo's users find in their mail and their app."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import msgspec

from accounts.rest.credential_messages import DemoCode, LetterAnswer
from cli.one_shots import use_running_exchange
from cli.running.instance import Paths
from cli.screen import console
from cli.venue.engine_access import EngineAccess
from domain.units import NS_PER_S
from service.calls import ServiceClient
from service.config import load_config


class _Mail(msgspec.Struct):
    mail: list[LetterAnswer]


def show_mail(paths: Paths, address: str) -> None:
    """Print the mail of one address, or of all, newest last.

    Raises:
        InstanceError, ServiceError: nothing runs there, or it is no demo.
    """
    use_running_exchange(paths)
    letters = asyncio.run(_letters(load_config(EngineAccess), address))
    if not letters:
        console.print("There is none.")
    for letter in reversed(letters):
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(letter.ts_ns // NS_PER_S))
        head = f"{at} UTC  to {letter.address}  {letter.subject}"
        console.print(f"{head}\n\n{letter.text}", markup=False, soft_wrap=True)


async def _letters(config: EngineAccess, address: str) -> list[LetterAnswer]:
    async with aiohttp.ClientSession() as http:
        accounts = ServiceClient(http, config.accounts_url, config.service_secret)
        query = {"address": address}
        return (await accounts.call("GET", "/internal/mail", _Mail, query=query)).mail


def show_code(paths: Paths, email: str) -> None:
    """Print a code that was not used yet.

    Raises:
        InstanceError, ServiceError: nothing runs there, it is no demo, or not its operator.
    """
    use_running_exchange(paths)
    found = asyncio.run(_code(load_config(EngineAccess), email))
    console.print(f"{found.code}  (good for {found.expires_in_s} s, once)")


async def _code(config: EngineAccess, email: str) -> DemoCode:
    async with aiohttp.ClientSession() as http:
        accounts = ServiceClient(http, config.accounts_url, config.service_secret)
        return await accounts.call("GET", "/internal/demo-code", DemoCode, query={"email": email})
