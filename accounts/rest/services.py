"""What the handlers work with, kept in the application under one key."""

from dataclasses import dataclass

from aiohttp import web

from accounts.admin.operator_desk import OperatorDesk
from accounts.books.liability_timer import LiabilityTimer
from accounts.books.sub_accounts import SubAccounts
from accounts.database import Pool
from accounts.identity.parts import Identity
from accounts.identity.sealed_secrets import SecretBox
from accounts.settling.settled_position import SettledPosition
from accounts.wallet.desk import WalletDesk
from accounts.wallet.money_commands import MoneyCommands
from domain.clock import Clock


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of the process. ``is_demo``: the faucet is open."""

    pool: Pool
    identity: Identity
    money: MoneyCommands
    box: SecretBox
    position: SettledPosition
    clock: Clock
    is_demo: bool
    desk: WalletDesk
    operators: OperatorDesk
    sub_accounts: SubAccounts
    liabilities: LiabilityTimer


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
