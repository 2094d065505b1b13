"""What the handlers work with, kept in the application under one key."""

from dataclasses import dataclass

from aiohttp import web

from accounts.auth import Auth
from accounts.database import Pool
from accounts.money_commands import MoneyCommands
from accounts.sealed_secrets import SecretBox
from accounts.settled_position import SettledPosition
from accounts.wallet_desk import WalletDesk
from domain.clock import Clock


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of the process. ``is_demo``: the faucet is open."""

    pool: Pool
    auth: Auth
    money: MoneyCommands
    box: SecretBox
    position: SettledPosition
    clock: Clock
    is_demo: bool
    desk: WalletDesk


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
